/** The files as independent programs read them: DuckDB for JSON Lines, CSV and Parquet, Arrow (parquet-wasm) for Parquet. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { tableFromIPC } from 'apache-arrow'
import { ByteWriter, parquetWriteRows } from 'hyparquet-writer'
import { readParquet } from 'parquet-wasm/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contentOf, fileOf, open, rowOf } from './for-tests.ts'
import type { OpenTarget } from './target.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'targets-'))
})
afterAll(() => rm(folder, { recursive: true }))

const query = async (sql: string): Promise<Record<string, unknown>[]> => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const reader = await connection.runAndReadAll(sql)
  connection.closeSync()
  return reader.getRowObjectsJson()
}

const typesOf = async (source: string): Promise<Record<string, unknown>> =>
  Object.fromEntries(
    (await query(`describe select * from ${source}`)).map((row) => [row['column_name'], row['column_type']]),
  )

const put = async (name: string, bytes: string | Uint8Array): Promise<string> => {
  const file = path.join(folder, name)
  await writeFile(file, bytes)
  return file
}

const rows = [
  rowOf(contentOf('sua')),
  rowOf(contentOf('ucta'), { title: '=1+1, "quoted"\r\nand a second line' }),
  rowOf({
    turns: [
      { role: 'user', content: 'Zażółć, 你好 👋\n"quoted",\r\n;=SUM(A1)', train: false },
      ...contentOf('ua').turns.slice(1),
    ],
  }),
]

const parquetBytes = async (target: OpenTarget): Promise<Uint8Array> => {
  const writer = new ByteWriter()
  const schema = [...target.columns!]
  // The columns are those of the schema, less what is inside of lists.
  const columns: { name: string }[] = []
  for (let index = 1, inside = 0; index < schema.length; index++) {
    const element = schema[index]!
    if (inside === 0) columns.push({ name: element.name })
    else inside--
    inside += element.num_children ?? 0
  }
  const records = rows.flatMap((row) => [...target.take(row, 'train').records])
  await parquetWriteRows({ writer, columns, schema, rows: records, rowGroupSize: 2 })
  return writer.getBytes()
}

describe('JSON Lines', () => {
  it('are read by DuckDB, one row for each conversation, with the types of conversations', async () => {
    const file = await put('messages.jsonl', fileOf(open('messages', { arguments: 'text', metadata: true }), rows))
    const source = `read_json('${file}', format = 'newline_delimited')`
    expect(await query(`select count(*)::int as total from ${source}`)).toEqual([{ total: 3 }])
    expect(await typesOf(source)).toMatchObject({
      messages: expect.stringMatching(/^STRUCT\("?role"? VARCHAR, "?content"? VARCHAR, .*\)\[\]$/),
      tools: expect.stringMatching(/JSON|VARCHAR/),
      id: 'UUID',
      quality_score: 'BIGINT',
    })
    expect(await query(`select messages[1].content as said from ${source} limit 1 offset 2`)).toEqual([
      { said: rows[2]!.content.turns[0]!.content },
    ])
  })

  it('have no byte order mark, no blank line and an end to the last line; without rows they are empty', () => {
    const text = fileOf(open('openai-chat'), rows)
    expect(text.startsWith('{')).toBe(true)
    expect(text.endsWith('}\n')).toBe(true)
    expect(text.split('\n')).toHaveLength(rows.length + 1)
    expect(fileOf(open('openai-chat'), [])).toBe('')
  })

  it('have the same keys in every row', () => {
    for (const id of ['messages', 'prompt-completion', 'axolotl', 'sharegpt'] as const) {
      const keys = fileOf(open(id, { metadata: true }), rows)
        .trimEnd()
        .split('\n')
        .map((line) => Object.keys(JSON.parse(line)).join())
      expect(new Set(keys).size, id).toBe(1)
    }
  })
})

describe('CSV', () => {
  it('brings every text back as it was, whatever is in it', async () => {
    const file = await put('turns.csv', fileOf(open('csv', { rows: 'turn' }), rows))
    const source = `read_csv('${file}', header = true, all_varchar = true, quote = '"', escape = '"', delim = ',', strict_mode = true)`
    const found = await query(`select title, turn_number, role, content from ${source}`)
    expect(found).toEqual(
      rows.flatMap(({ title, content }) =>
        content.turns.map((turn, index) => ({
          title,
          turn_number: String(index + 1),
          role: turn.role,
          content: turn.content,
        })),
      ),
    )
  })

  it('has conversations as JSON that DuckDB takes apart', async () => {
    const file = await put('conversations.csv', fileOf(open('csv'), rows))
    expect(
      await query(
        `select json_array_length(messages)::int as turns, messages->0->>'content' as said from read_csv('${file}', header = true, quote = '"', escape = '"', delim = ',')`,
      ),
    ).toEqual(rows.map(({ content: { turns } }) => ({ turns: turns.length, said: turns[0]!.content })))
  })

  it('for spreadsheets computes nothing, begins with a byte order mark, and says that it was changed', () => {
    const target = open('csv', { rows: 'turn', spreadsheet: true })
    const text = fileOf(target, rows)
    expect(text.startsWith('\uFEFFid,')).toBe(true)
    expect(text).toContain(`"'=1+1, ""quoted""`)
    expect(target.take(rows[1]!, 'train').findings).toEqual([{ rule: 'text.escaped', effect: 'changes' }])
    expect(open('csv', { rows: 'turn' }).take(rows[1]!, 'train').findings).toEqual([])
  })
})

describe('Parquet', () => {
  it('has messages as a list of structs, not as JSON, and brings everything back', async () => {
    const file = await put('train-00000-of-00001.parquet', await parquetBytes(open('parquet')))
    const source = `'${file}'`
    expect(await typesOf(source)).toEqual({
      id: 'VARCHAR',
      messages:
        'STRUCT("role" VARCHAR, "content" VARCHAR, "name" VARCHAR, tool_calls VARCHAR, tool_call_id VARCHAR, weight INTEGER)[]',
      tools: 'VARCHAR',
      revision: 'INTEGER',
      title: 'VARCHAR',
      origin: 'VARCHAR',
      tier: 'VARCHAR',
      review_status: 'VARCHAR',
      quality_score: 'DOUBLE',
      persona_key: 'VARCHAR',
      emotional_arc_key: 'VARCHAR',
      topic_key: 'VARCHAR',
      written_by: 'VARCHAR',
    })
    const found = await query(`select title, messages from ${source}`)
    expect(found.map(({ title }) => title)).toEqual(rows.map(({ title }) => title))
    expect(found[1]!['messages']).toEqual([
      { role: 'user', content: '«1u»', name: null, tool_calls: null, tool_call_id: null, weight: null },
      {
        role: 'assistant',
        content: null,
        name: null,
        tool_calls:
          '[{"id":"call_2","type":"function","function":{"name":"look_up","arguments":"{\\"city\\":\\"«2c»\\"}"}}]',
        tool_call_id: null,
        weight: 1,
      },
      { role: 'tool', content: '«3t»', name: 'look_up', tool_calls: null, tool_call_id: 'call_2', weight: null },
      { role: 'assistant', content: '«4a»', name: null, tool_calls: null, tool_call_id: null, weight: 1 },
    ])
  })

  it('is read by Arrow with the same shape', async () => {
    const table = tableFromIPC(readParquet(await parquetBytes(open('parquet'))).intoIPCStream())
    expect(table.numRows).toBe(3)
    expect(String(table.schema.fields.find(({ name }) => name === 'messages')!.type)).toMatch(
      /^List<Struct<\{role:Utf8, content:Utf8, name:Utf8, tool_calls:Utf8, tool_call_id:Utf8, weight:Int32\}>>$/,
    )
    expect(table.get(2)!['messages'].get(0).content).toBe(rows[2]!.content.turns[0]!.content)
  })

  it('expanded, has a prompt and a completion for each answer', async () => {
    const file = await put('answers.parquet', await parquetBytes(open('parquet', { fixes: ['expand_answers'] })))
    expect(
      await query(`select answer_turn, len(prompt)::int as before, completion[1].content as said from '${file}'`),
    ).toEqual([
      { answer_turn: 3, before: 2, said: '«3a»' },
      { answer_turn: 2, before: 1, said: null },
      { answer_turn: 4, before: 3, said: '«4a»' },
      { answer_turn: 2, before: 1, said: '«2a»' },
    ])
  })
})
