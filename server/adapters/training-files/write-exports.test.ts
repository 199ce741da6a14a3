/** The files of exports, read by programs that are not ours: DuckDB, Arrow's Parquet reader, gzip and ZIP readers. */
import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { tableFromIPC } from 'apache-arrow'
import { readParquet } from 'parquet-wasm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import yauzl from 'yauzl'
import type { RowToWrite, TargetChoice, WritingPlan, Written } from '#server/features/datasets/index.ts'
import { parsedRow, STARTER_PROFILE, type UnparsedRow } from '#server/features/training/index.ts'
import { beginWriting } from './index.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'parlance-exports-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

/** What must come through as it is: other scripts, what JSON, CSV and shells write otherwise, and what looks like formulas. */
const TEXTS = ['Xin chào — "quoted", \\ and\nlines', '=1+1', '𝕏 👩‍👩‍👧 tiếng Việt', 'tab\there', '\u2028 and \u00a0']

const rowOf = (index: number, split: RowToWrite['split'] = 'train'): RowToWrite => {
  const said = (turn: number) => `${TEXTS[(index + turn) % TEXTS.length]} (${index}.${turn})`
  const row: UnparsedRow = {
    id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    revision: 1,
    title: `Talk ${index}`,
    origin: 'generated',
    tier: 'template',
    status: 'approved',
    qualityScore: index % 11,
    scores: {},
    isReviewed: true,
    reviewNotes: null,
    scaffolding: {},
    model: 'test/model',
    createdAt: new Date('2026-01-02T03:04:05.678Z'),
    content: JSON.stringify({
      turns: [
        { role: 'user', content: said(0), train: false },
        { role: 'assistant', content: said(1), train: true },
        { role: 'user', content: said(2), train: false },
        { role: 'assistant', content: said(3), train: true },
      ],
    }),
  }
  return { row, split, tokens: 100 }
}

const choiceOf = (id: TargetChoice['id'], options: TargetChoice['options'] = {}): TargetChoice => ({ id, options })

const write = async (
  rows: readonly RowToWrite[],
  plan: Partial<WritingPlan> & Pick<WritingPlan, 'targets'>,
): Promise<Written & { folder: string }> => {
  const folder = await mkdtemp(path.join(root, 'folder-'))
  const facts = { name: 'Test', version: 1, createdAt: new Date('2026-02-03T04:05:06.789Z'), profile: STARTER_PROFILE }
  const writing = await beginWriting({ folder, compression: 'none', facts, version: null, baseName: 'test', ...plan })
  for (let at = 0; at < rows.length; at += 100) await writing.add(rows.slice(at, at + 100))
  const written = await writing.finish(0)
  await writing.abandon()
  return { ...written, folder }
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

const query = async (sql: string): Promise<any[]> => {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const reader = await connection.runAndReadAll(sql)
  const rows = reader.getRowObjectsJson()
  connection.closeSync()
  return rows
}

/** What was said, in order. */
const saidIn = ({ row }: RowToWrite) => parsedRow(row).content.turns.map(({ role, content }) => ({ role, content }))

describe('Parquet', () => {
  const rows = Array.from({ length: 4_321 }, (_, index) => rowOf(index, index % 4 === 0 ? 'validation' : 'train'))

  it('is read by DuckDB with messages as a list of structs, several row groups long, with nothing lost', async () => {
    const { files, folder } = await write(rows, { targets: [choiceOf('parquet')] })
    const data = files.filter(({ split }) => split !== null)
    expect(data.map(({ split, records }) => [split, records])).toEqual([
      ['train', 3_240],
      ['validation', 1_081],
    ])
    for (const { name, split } of data) {
      const file = path.join(folder, name)
      const types = await query(`describe select * from read_parquet('${file}')`)
      const messages = types.find(({ column_name }) => column_name === 'messages')!
      expect(messages.column_type).toMatch(/^STRUCT\("?role"? VARCHAR, "?content"? VARCHAR.*\)\[\]$/)
      const expected = rows.filter((each) => each.split === split)
      const read = await query(`select id, [{role: m.role, content: m.content} for m in messages] as said
        from read_parquet('${file}', file_row_number = true) order by file_row_number`)
      expect(read).toEqual(expected.map((each) => ({ id: each.row.id, said: saidIn(each) })))
      const [groups] = await query(
        `select count(distinct row_group_id)::int as groups from parquet_metadata('${file}')`,
      )
      expect(groups.groups).toBe(Math.ceil(expected.length / 500))
    }
  })

  it('has the same columns in every file, so that readers take them as one table', async () => {
    const { files, folder } = await write(rows.slice(0, 40), { targets: [choiceOf('parquet')] })
    const data = files.filter(({ split }) => split !== null)
    const schemas = await Promise.all(
      data.map(({ name }) => query(`select * exclude (file_name) from parquet_schema('${path.join(folder, name)}')`)),
    )
    expect(schemas).toHaveLength(2)
    const shape = (schema: any[]) => schema.map(({ name, type, repetition_type }) => [name, type, repetition_type])
    expect(shape(schemas[1]!)).toEqual(shape(schemas[0]!))
    const [count] = await query(`select count(*)::int as rows from read_parquet('${folder}/*.parquet')`)
    expect(count.rows).toBe(40)
  })

  it("is read by Arrow's reader with the same rows", async () => {
    const few = rows.slice(0, 50)
    const { files, folder } = await write(few, { targets: [choiceOf('parquet')] })
    const read = new Map<string, unknown>()
    for (const { name, split } of files) {
      if (split === null) continue
      const table = tableFromIPC(readParquet(await readFile(path.join(folder, name))).intoIPCStream())
      for (const row of table.toArray()) {
        const said = [...row.messages].map(({ role, content }: any) => ({ role, content }))
        read.set(row.id, said)
      }
    }
    expect(Object.fromEntries(read)).toEqual(Object.fromEntries(few.map((each) => [each.row.id, saidIn(each)])))
  })
})

describe('text', () => {
  it('as JSON lines is read by DuckDB, has no byte order mark, and ends with a line end', async () => {
    const rows = Array.from({ length: 300 }, (_, index) => rowOf(index))
    const { files, folder } = await write(rows, { targets: [choiceOf('openai-chat')] })
    const file = path.join(folder, files.find(({ split }) => split === 'train')!.name)
    const bytes = await readFile(file)
    expect(bytes.subarray(0, 1).toString()).toBe('{')
    expect(bytes.at(-1)).toBe(0x0a)
    const read = await query(`select messages from read_json('${file}', format = 'newline_delimited')`)
    const said = read.map(({ messages }) => messages.map(({ role, content }: any) => ({ role, content })))
    expect(said).toEqual(rows.map(saidIn))
  })

  it('as one JSON document says in its head what is counted at its end', async () => {
    const rows = Array.from({ length: 250 }, (_, index) => rowOf(index))
    const { files, folder } = await write(rows, { targets: [choiceOf('training-file-v4')] })
    const file = files.find(({ split }) => split === 'train')!
    const bytes = await readFile(path.join(folder, file.name))
    expect({ bytes: bytes.length, sha256: sha256(bytes) }).toEqual({ bytes: file.bytes, sha256: file.sha256 })
    const document = JSON.parse(bytes.toString())
    expect(document.training_file_metadata).toMatchObject({ total_conversations: 250, total_training_pairs: 1_000 })
    expect(document.conversations).toHaveLength(250)
    expect(await readdir(folder)).not.toContainEqual(expect.stringContaining('headless'))
  })
})

describe('what is downloaded', () => {
  const rows = Array.from({ length: 60 }, (_, index) => rowOf(index, index < 50 ? 'train' : 'validation'))
  const targets = [choiceOf('messages'), choiceOf('parquet'), choiceOf('csv')]

  const unzip = async (place: string) => {
    const zip = await yauzl.openPromise(place)
    const entries: { name: string; bytes: Buffer; mode: number; time: string }[] = []
    for await (const entry of zip.eachEntry()) {
      const stream = await zip.openReadStreamPromise(entry)
      const bytes = Buffer.concat(await stream.toArray())
      const mode = entry.externalFileAttributes >>> 16
      entries.push({ name: entry.fileName, bytes, mode, time: `${entry.lastModFileDate} ${entry.lastModFileTime}` })
    }
    return entries
  }

  it('as a ZIP holds all files in order, for everybody to read, without a time', async () => {
    const { files, downloads } = await write(rows, { targets, compression: 'zip' })
    expect(downloads.map(({ name }) => name)).toEqual(['test.zip'])
    const packed = await readFile(downloads[0]!.path)
    expect({ bytes: packed.length, sha256: sha256(packed) }).toMatchObject({
      bytes: downloads[0]!.bytes,
      sha256: downloads[0]!.sha256,
    })
    const entries = await unzip(downloads[0]!.path)
    expect(entries.map(({ name, bytes }) => ({ name, bytes: bytes.length, sha256: sha256(bytes) }))).toEqual(
      files.map(({ name, bytes, sha256: sum }) => ({ name, bytes, sha256: sum })),
    )
    // 1980-01-01, midnight: the first moment that a ZIP can say.
    for (const { mode, time } of entries) expect([mode, time]).toEqual([0o100644, '33 0'])
    expect(entries.at(-1)!.name).toBe('manifest.json')
  })

  it.each(['none', 'gzip', 'zip'] as const)(
    'is the same to the byte when it is written again (%s)',
    async (compression) => {
      const [one, other] = [await write(rows, { targets, compression }), await write(rows, { targets, compression })]
      const facts = ({ files, downloads }: Written) => [
        files,
        downloads.map(({ name, bytes, sha256: sum }) => [name, bytes, sum]),
      ]
      expect(facts(other)).toEqual(facts(one))
    },
  )

  it('with gzip is each file by itself, but for Parquet, which is compressed already', async () => {
    const { files, downloads } = await write(rows, { targets, compression: 'gzip' })
    expect(downloads).toHaveLength(files.length)
    for (const [index, { name, bytes, sha256: sum }] of files.entries()) {
      const found = downloads[index]!
      const isParquet = name.endsWith('.parquet')
      expect(found.name).toBe(`test-${name.replace('/', '-')}${isParquet ? '' : '.gz'}`)
      const packed = await readFile(found.path)
      const plain = isParquet ? packed : gunzipSync(packed)
      expect({ bytes: plain.length, sha256: sha256(plain) }).toEqual({ bytes, sha256: sum })
    }
  })
})

describe('the thread', () => {
  const begin = async (plan: Partial<WritingPlan> = {}) => {
    const folder = await mkdtemp(path.join(root, 'folder-'))
    const facts = { name: 'Test', version: null, createdAt: new Date(0), profile: STARTER_PROFILE }
    const targets = [choiceOf('messages')]
    return beginWriting({ folder, compression: 'none', targets, facts, version: null, baseName: 'test', ...plan })
  }

  it('copies files as they are', async () => {
    const folder = await mkdtemp(path.join(root, 'folder-'))
    const writing = await begin({ folder, targets: [], compression: 'zip' })
    await writing.copy('a.json', [Buffer.from('{"a":'), Buffer.from('1}')] as never)
    const { files } = await writing.finish(0)
    expect(files[0]).toMatchObject({ name: 'a.json', bytes: 7, sha256: sha256(Buffer.from('{"a":1}')) })
    expect(await readFile(path.join(folder, 'a.json'), 'utf8')).toBe('{"a":1}')
  })

  it('has memory enough for the longest conversations in any script, in all splits at once', async () => {
    const writing = await begin({ targets: [choiceOf('parquet')] })
    // 200,000 characters that take two bytes each: as many rows as a group may have would be 2 GB.
    const turn = { role: 'assistant', content: 'ế'.repeat(20_000), train: true }
    const content = JSON.stringify({ turns: Array.from({ length: 10 }, () => turn) })
    const splits = ['train', 'validation', 'test'] as const
    for (let at = 0; at < 300; at += 5) {
      const rows = Array.from({ length: 5 }, (_, index) => rowOf(at + index, splits[(at + index) % 3]))
      await writing.add(rows.map((each) => ({ ...each, row: { ...each.row, content } })))
    }
    const { files } = await writing.finish(0)
    expect(files.flatMap(({ split, records }) => (split === null ? [] : [records]))).toEqual([100, 100, 100])
  })

  it('that fails says so to whoever waits for it', async () => {
    const writing = await begin({ folder: path.join(root, randomUUID()) })
    await rm(root, { recursive: true })
    const broken = { ...rowOf(0), row: { ...rowOf(0).row, content: '{' } }
    await writing.add([broken])
    await expect(writing.finish(0)).rejects.toThrow()
  })

  it('that is abandoned writes no more, and whoever waits for it hears of it', async () => {
    const writing = await begin()
    await writing.add([rowOf(0)])
    const finished = writing.finish(0)
    await Promise.all([writing.abandon(), expect(finished).rejects.toThrow(/has ended/)])
    await writing.abandon()
  })
})
