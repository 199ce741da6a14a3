/** The names of fields: `financial_background` on the wire of this surface, `financialBackground` within. */

type Camel<Name> = Name extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : Name

type Snake<Name> = Name extends `${infer First}${infer Rest}`
  ? `${Lowercase<First>}${Rest extends Uncapitalize<Rest> ? Snake<Rest> : `_${Snake<Rest>}`}`
  : Name

/** The same fields under the names that they have within; what they hold is not looked into. */
export const inCamelCase = <Fields extends object>(
  fields: Fields,
): { -readonly [Name in keyof Fields as Camel<Name>]: Fields[Name] } =>
  renamed(fields, (name) => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())) as never

/** The same fields under the names that they have on the wire; what they hold is not looked into. */
export const inSnakeCase = <Fields extends object>(
  fields: Fields,
): { -readonly [Name in keyof Fields as Snake<Name>]: Fields[Name] } =>
  renamed(fields, (name) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)) as never

const renamed = (fields: object, rename: (name: string) => string): object =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [rename(name), value]))
