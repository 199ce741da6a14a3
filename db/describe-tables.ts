/** Writes down a database's tables as TypeScript types for Kysely, from its catalogue. It knows none of our tables. */
import type pg from 'pg'

interface Column {
  readonly relation: string
  readonly name: string
  readonly type: string
  readonly required: boolean
  readonly hasDefault: boolean
  readonly computed: boolean
}

/** How the door reads PostgreSQL's types (see server/adapters/postgres/door.ts). */
const TYPES: Readonly<Record<string, string>> = {
  bigint: 'number',
  boolean: 'boolean',
  bytea: 'Buffer',
  // In its time zone of nobody a date is a text: node-postgres would make midnight of the machine's out of it.
  date: 'string',
  'double precision': 'number',
  inet: 'string',
  integer: 'number',
  'integer[]': 'number[]',
  numeric: 'string',
  real: 'number',
  smallint: 'number',
  text: 'string',
  'text[]': 'string[]',
  'timestamp with time zone': 'Date',
  tsvector: 'string',
  uuid: 'string',
  'uuid[]': 'string[]',
  xid8: 'string',
}

/**
 * @param owner a connection that may read the catalogue
 * @returns the text of `db/tables.ts`
 * @throws Error when a column has a type that nobody has decided about yet
 */
export const describeTables = async (owner: Pick<pg.ClientBase, 'query'>): Promise<string> => {
  const { rows } = await owner.query<Column>(
    `select c.relname as relation, a.attname as name, format_type(a.atttypid, null) as type, a.attnotnull as required,
        a.atthasdef or a.attidentity <> '' as "hasDefault", a.attgenerated <> '' or a.attidentity = 'a' as computed
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v')
      order by c.relname collate "C", a.attnum`,
  )
  const tables = Map.groupBy(rows, ({ relation }) => relation)
  const bodies = [...tables].map(
    ([name, columns]) =>
      `export interface ${typeNameOf(name)} {\n${columns.map((column) => `  ${column.name}: ${typeOf(column)}\n`).join('')}}\n`,
  )
  const map = [...tables.keys()].map((name) => `  ${name}: ${typeNameOf(name)}\n`).join('')
  const isUsed = (name: string, text: string) => new RegExp(`\\b${name}\\b`).test(text)
  const json = JSON_TYPES.filter(({ name }) => isUsed(name, bodies.join())).map(({ text }) => text)
  const imported = ['ColumnType', 'Generated', 'GeneratedAlways'].filter((name) =>
    isUsed(name, [...json, ...bodies].join()),
  )
  return [
    '/** The tables as they are after all migrations. Written by `node db/generate.ts`; a test compares it. Do not edit. */\n' +
      `import type { ${imported.join(', ')} } from 'kysely'\n`,
    JSON_VALUE,
    ...json,
    ...bodies,
    `export interface Tables {\n${map}}\n`,
  ].join('\n')
}

const JSON_VALUE = `export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue }
`

/** node-postgres writes an array as an array of PostgreSQL and not as JSON; whoever stores JSON stringifies it. */
const JSON_TYPES = [
  {
    name: 'Json',
    text: `/** Read as a value, written as text: node-postgres would turn an array into an array of PostgreSQL. */
export type Json = ColumnType<JsonValue, string, string>
`,
  },
  {
    name: 'JsonOrNull',
    text: `/** Read as a value, written as text: node-postgres would turn an array into an array of PostgreSQL. */
export type JsonOrNull = ColumnType<JsonValue, string | null | undefined, string | null>
`,
  },
]

const typeNameOf = (table: string): string =>
  `${table.replaceAll(/(?:^|_)(.)/g, (_, letter: string) => letter.toUpperCase())}Table`

const typeOf = ({ relation, name, type, required, hasDefault, computed }: Column): string => {
  if (type === 'jsonb' || type === 'json') {
    if (hasDefault) throw new Error(`db/describe-tables.ts must learn about a default of JSON: ${relation}.${name}.`)
    return required ? 'Json' : 'JsonOrNull'
  }
  const read = TYPES[type]
  if (read === undefined)
    throw new Error(`db/describe-tables.ts does not know the type of ${relation}.${name}: ${type}.`)
  const value = required ? read : `${read} | null`
  if (computed) return `GeneratedAlways<${value}>`
  return hasDefault ? `Generated<${value}>` : value
}
