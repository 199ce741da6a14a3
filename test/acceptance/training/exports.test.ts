/** Exports over HTTP: asked for, made beside the server, downloaded by links that anybody may follow until their day is over. */
import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import yauzl from 'yauzl'
import { createExport, downloadExport, getExport, listExports, type TrainingExport } from '#contract/training/index.ts'
import { type Answer, send, type TestPerson } from '#test/support/server.ts'
import { sampleTurns } from '#test/support/training-seeds.ts'
import { openTrainingWorld, trainingFailure, type TrainingWorld } from './world.ts'

const EXPORTS = '/api/training/exports'
const DAY = 24 * 3600 * 1000

let world: TrainingWorld
beforeAll(async () => {
  world = await openTrainingWorld()
})
afterAll(() => world.close())

const seedMany = async (person: TestPerson, count: number): Promise<string[]> => {
  const ids: string[] = []
  for (let each = 0; each < count; each++) {
    const { id } = await world.seedConversation(person, {
      content: { turns: sampleTurns(`topic number ${each}, which is ${'very '.repeat(each)}much its own`) },
      columns: { title: `Talk ${each}`, status: 'approved' },
    })
    ids.push(id)
  }
  return ids
}

/** A dataset of these conversations, frozen; its id. */
const freeze = async (person: TestPerson, ids: readonly string[], name = 'Trả lời hay'): Promise<string> => {
  const settings = { splits: { train: 0.5, validation: 0.5, test: 0 }, duplicates: 'keep' }
  const made = await person.request('POST', '/api/training/datasets', { name, selection: { include: ids }, settings })
  expect(made).toMatchObject({ status: 201 })
  const { id } = made.body.dataset
  expect(await person.request('POST', `/api/training/datasets/${id}/versions`)).toMatchObject({ status: 202 })
  await until(async () => {
    const { body } = await person.request('GET', `/api/training/datasets/${id}/versions/1`)
    expect(body.version.status).not.toBe('failed')
    return body.version.status === 'completed'
  })
  return id
}

const until = async (isSo: () => Promise<boolean>): Promise<void> => {
  const deadline = Date.now() + 30_000
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error('it has not come to that')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Asks for an export, and waits until it has ended. */
const exported = async (person: TestPerson, wanted: object): Promise<TrainingExport> => {
  const begun = await person.request('POST', EXPORTS, wanted)
  expect({ status: begun.status, body: begun.body }).toMatchObject({ status: 202, body: { success: true } })
  return ended(person, createExport.reply.body!.parse(begun.body).export_id)
}

const ended = async (person: TestPerson, id: string): Promise<TrainingExport> => {
  let latest: TrainingExport | undefined
  await until(async () => {
    const answer = await person.request('GET', `${EXPORTS}/${id}`)
    latest = getExport.reply.body!.parse(answer.body).export
    return latest.status !== 'queued' && latest.status !== 'processing'
  })
  return latest!
}

/** How often a conversation was exported, and when the last time. */
const exportsOf = async (person: TestPerson, id: string) => {
  const { body } = await person.request('GET', `/api/training/conversations/${id}`)
  return { count: body.conversation.export_count, at: body.conversation.last_exported_at }
}

/** What a download's link leads to, after its checksum was found to be right. */
const download = async (person: TestPerson, id: string, file?: string): Promise<{ name: string; bytes: Buffer }> => {
  const query = file === undefined ? '' : `?file=${encodeURIComponent(file)}`
  const { status, body } = await person.request('GET', `${EXPORTS}/${id}/download${query}`)
  expect({ status, body }).toMatchObject({ status: 200 })
  const link = downloadExport.reply.body!.parse(body)
  const response = await fetch(atServer(link.download_url))
  expect(response.status).toBe(200)
  const bytes = Buffer.from(await response.arrayBuffer())
  expect(bytes.length).toBe(link.file_size)
  expect(sha256(bytes)).toBe(link.sha256)
  return { name: link.filename, bytes }
}

/** Links name the address that people know the server by. */
const atServer = (link: string): string => {
  const { pathname, search } = new URL(link)
  return world.server.url + pathname + search
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** The entries of a ZIP by name, in its order, by a reader that is not ours. */
const unzip = async (bytes: Buffer): Promise<Map<string, Buffer>> => {
  const zip = await yauzl.fromBufferPromise(bytes)
  const entries = new Map<string, Buffer>()
  for await (const entry of zip.eachEntry()) {
    const stream = await zip.openReadStreamPromise(entry)
    entries.set(entry.fileName, Buffer.concat(await stream.toArray()))
  }
  return entries
}

const linesOf = (bytes: Buffer): any[] => {
  const text = bytes.toString()
  expect(text.endsWith('\n')).toBe(true)
  expect(bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf]))).toBe(false)
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

describe('an export of a version', () => {
  it('holds every conversation once, on the side where it was frozen, and says what is in it', async () => {
    const ids = await seedMany(world.ada, 12)
    const dataset_id = await freeze(world.ada, ids)
    const targets = [
      { id: 'messages', options: {} },
      { id: 'parquet', options: {} },
    ]
    const made = await exported(world.ada, { dataset_id, version: 1, targets, include_metadata: true })
    expect(made).toMatchObject({
      status: 'completed',
      scope: { name: 'Trả lời hay', dataset_id, version: 1, conversations: 12 },
      progress: { total: 12, processed: 12, percentage: 100 },
      erased: 0,
      error: null,
    })
    const day = made.created_at.slice(0, 10)
    expect(made.downloads.map(({ name }) => name)).toEqual([`training-data-tra-loi-hay-v1-${day}-12.zip`])
    expect(Date.parse(made.expires_at!) - Date.parse(made.completed_at!)).toBe(DAY)

    const { bytes } = await download(world.ada, made.export_id)
    const entries = await unzip(bytes)
    expect([...entries.keys()]).toEqual(made.files.map(({ name }) => name))
    for (const { name, bytes: size, sha256: sum } of made.files) {
      expect({ size: entries.get(name)!.length, sum: sha256(entries.get(name)!) }).toEqual({ size, sum })
    }
    const split = await world.rows('select conversation_id, split from dataset_items where dataset_id = $1', [
      dataset_id,
    ])
    const rows = ['train', 'validation'].flatMap((side) =>
      linesOf(entries.get(`messages/${side}.jsonl`)!).map((line) => ({ conversation_id: line.id, split: side, line })),
    )
    expect(rows.map(({ conversation_id, split: side }) => ({ conversation_id, split: side })).toSorted(byId)).toEqual(
      split.toSorted(byId),
    )
    for (const { line } of rows) expect(line.messages).toHaveLength(4)
    const manifest = JSON.parse(entries.get('manifest.json')!.toString())
    expect(manifest).toMatchObject({ dataset: { dataset_id, version: 1, seed: '0' }, erased_conversations: 0 })
    expect(manifest.files).toEqual(made.files.slice(0, -1).map(({ rows: records, ...file }) => ({ ...file, records })))
  })

  it('is the same to the byte when it is asked for again, whatever happened to its conversations meanwhile', async () => {
    const ids = await seedMany(world.ada, 5)
    const dataset_id = await freeze(world.ada, ids)
    const wanted = {
      dataset_id,
      version: 1,
      targets: ['training-file-v4', 'openai-chat', 'csv', 'parquet', 'markdown'].map((id) => ({ id, options: {} })),
    }
    const first = await exported(world.ada, wanted)
    await world.ada.request('PATCH', `/api/training/conversations/${ids[0]}`, { title: 'Another title' })
    await world.ada.request('PATCH', `/api/training/conversations/${ids[1]}/status`, { status: 'archived' })
    const second = await exported(world.ada, wanted)
    expect(second.export_id).not.toBe(first.export_id)
    expect(second.files).toEqual(first.files)
    expect(second.downloads).toEqual(first.downloads)
    const [one, other] = [await download(world.ada, first.export_id), await download(world.ada, second.export_id)]
    expect(one.bytes.equals(other.bytes)).toBe(true)
  })

  it('leaves out what was erased since, and says how many those are', async () => {
    const ids = await seedMany(world.ada, 4)
    const dataset_id = await freeze(world.ada, ids)
    expect(await world.ada.request('DELETE', `/api/training/conversations/${ids[2]}`)).toMatchObject({ status: 204 })
    const made = await exported(world.ada, {
      dataset_id,
      version: 1,
      targets: [{ id: 'openai-chat', options: {} }],
      compression: 'gzip',
    })
    expect(made).toMatchObject({ status: 'completed', erased: 1 })
    expect(made.files.reduce((sum, { conversations }) => sum + conversations, 0)).toBe(3)
    for (const [index, { bytes, sha256: sum }] of made.files.entries()) {
      const { name } = made.downloads[index]!
      expect(name.endsWith('.gz')).toBe(true)
      const plain = gunzipSync((await download(world.ada, made.export_id, name)).bytes)
      expect({ bytes: plain.length, sum: sha256(plain) }).toEqual({ bytes, sum })
    }
  })

  it('loses its files when somebody erases a conversation that is in them', async () => {
    const ids = await seedMany(world.ada, 2)
    const made = await exported(world.ada, {
      conversation_ids: ids,
      targets: [{ id: 'messages', options: {} }],
    })
    const { body } = await world.ada.request('GET', `${EXPORTS}/${made.export_id}/download`)
    expect(await world.ada.request('DELETE', `/api/training/conversations/${ids[0]}`)).toMatchObject({ status: 204 })
    trainingFailure(await world.ada.request('GET', `${EXPORTS}/${made.export_id}/download`), 410, 'Gone', /erased/)
    expect((await world.ada.request('GET', `${EXPORTS}/${made.export_id}`)).body.export).toMatchObject({
      status: 'expired',
      error: { code: 'export.erased' },
    })
    await until(async () => (await fetch(atServer(body.download_url))).status === 404)
  })
})

describe('an export of chosen conversations', () => {
  it('is one plain file where one is wanted, called as the person says', async () => {
    const ids = await seedMany(world.ada, 3)
    const made = await exported(world.ada, {
      conversation_ids: ids,
      targets: [{ id: 'openai-chat', options: {} }],
      compression: 'none',
      file_name: 'my-talks',
    })
    const { name, bytes } = await download(world.ada, made.export_id)
    expect(name).toBe('my-talks.jsonl')
    expect(linesOf(bytes)).toHaveLength(3)
    const others = made.downloads.map((each) => each.name)
    expect(others).toEqual(['my-talks.jsonl', 'my-talks-README.md', 'my-talks-manifest.json'])
    expect((await download(world.ada, made.export_id, 'my-talks-manifest.json')).name).toBe('my-talks-manifest.json')
    const unknown = `${EXPORTS}/${made.export_id}/download?file=..%2Fsecret.key`
    trainingFailure(await world.ada.request('GET', unknown), 400, 'Invalid request')
  })

  it('reports what a trainer would not take, and leaves it out', async () => {
    const [good] = await seedMany(world.ada, 1)
    const { id: bad } = await world.seedConversation(world.ada, { content: { turns: sampleTurns().slice(0, 3) } })
    const made = await exported(world.ada, {
      conversation_ids: [good, bad],
      targets: [{ id: 'mistral', options: {} }],
    })
    expect(made.dropped).toEqual([{ target: 'mistral', rule: 'end.assistant', conversations: 1 }])
    const entries = await unzip((await download(world.ada, made.export_id)).bytes)
    expect(linesOf(entries.get('dropped.jsonl')!)).toEqual([
      { target: 'mistral', conversation_id: bad, rule: 'end.assistant' },
    ])
    expect(linesOf(entries.get('train.jsonl')!)).toHaveLength(1)
  })

  it('of their own files is a ZIP of these, byte for byte', async () => {
    const one = await world.seedConversation(world.ada, {
      file: '{"one": 1}',
      raw: 'I said',
      columns: { title: 'Một' },
    })
    const two = await world.seedConversation(world.ada, { file: '{"two": 2}', columns: { title: '…' } })
    for (const [type, expected] of [
      ['final', { [`mot-${one.id}.json`]: '{"one": 1}', [`${two.id}.json`]: '{"two": 2}' }],
      ['raw', { [`mot-${one.id}.json`]: 'I said' }],
    ] as const) {
      const wanted = { conversation_ids: [one.id, two.id], type }
      const begun = await world.ada.request('POST', '/api/training/downloads', wanted)
      expect(begun).toMatchObject({ status: 202, body: { export: { stored: type } } })
      const made = await ended(world.ada, begun.body.export_id)
      const entries = await unzip((await download(world.ada, made.export_id)).bytes)
      entries.delete('manifest.json')
      expect(Object.fromEntries([...entries].map(([name, bytes]) => [name, bytes.toString()]))).toEqual(expected)
      expect(made.erased).toBe(type === 'raw' ? 1 : 0)
    }
  })
})

describe('the life of an export', () => {
  const targets = [{ id: 'openai-chat', options: {} }]

  it('its link goes on working until its day is over, and then both are gone', async () => {
    const conversation_ids = await seedMany(world.ada, 1)
    const made = await exported(world.ada, { conversation_ids, targets })
    const { body } = await world.ada.request('GET', `${EXPORTS}/${made.export_id}/download`)
    const statusOf = async (rest = '') => (await fetch(atServer(body.download_url) + rest)).status
    expect([await statusOf(), await statusOf()]).toEqual([200, 200])
    const part = await fetch(atServer(body.download_url), { headers: { range: 'bytes=2-5' } })
    expect({ status: part.status, bytes: (await part.arrayBuffer()).byteLength }).toEqual({ status: 206, bytes: 4 })
    expect(await statusOf('x')).toBe(403)
    const left = Date.parse(body.expires_at) - world.server.clock.now().getTime()
    expect(left).toBeGreaterThan(DAY - 60_000)
    world.server.clock.moveBy(left + 1_000)
    try {
      expect(await statusOf()).toBe(403)
      trainingFailure(await world.ada.request('GET', `${EXPORTS}/${made.export_id}/download`), 410, 'Gone', /a day/)
    } finally {
      world.server.clock.moveBy(-left - 1_000)
    }
  })

  it('is not to be downloaded before it is ready, nor when it was cancelled', async () => {
    const conversation_ids = await seedMany(world.ada, 1)
    const { body } = await world.ada.request('POST', EXPORTS, { conversation_ids, targets })
    // As it is while it waits, however quick the worker is.
    await world.rows(
      `update exports set status = 'queued', lease_id = null, leased_until = null, folder = null where export_id = $1`,
      [body.export_id],
    )
    const early = await world.ada.request('GET', `${EXPORTS}/${body.export_id}/download`)
    if (early.status !== 200) {
      trainingFailure(early, 425, 'Too early')
      expect(early.headers.get('retry-after')).toBe('2')
    }
    await ended(world.ada, body.export_id)
    const cancelled = await world.ada.request('POST', `${EXPORTS}/${body.export_id}/cancel`)
    expect(cancelled.body.export.status).toBe('completed')
    await world.rows(`update exports set status = 'cancelled', folder = null where export_id = $1`, [body.export_id])
    trainingFailure(await world.ada.request('GET', `${EXPORTS}/${body.export_id}/download`), 409, 'Conflict')
  })

  it('is listed, counted with its conversations, written into the log, and removed', async () => {
    const person = await world.server.newPerson()
    const conversation_ids = await seedMany(person, 2)
    const ids: string[] = []
    for (let each = 0; each < 3; each++) {
      ids.unshift((await exported(person, { conversation_ids, targets })).export_id)
    }
    const pages: string[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body }: Answer = await person.request('GET', `${EXPORTS}?limit=2${cursor && `&cursor=${cursor}`}`)
      const page = listExports.reply.body!.parse(body)
      pages.push(...page.exports.map((each) => each.export_id))
      cursor = page.next_cursor
    }
    expect(pages).toEqual(ids)
    const latest = await exported(person, { dataset_id: await freeze(person, conversation_ids), version: 1, targets })
    for (const id of conversation_ids)
      expect(await exportsOf(person, id)).toEqual({ count: 4, at: latest.completed_at })
    const { body: log } = await person.request('GET', '/api/training/log?action=export')
    expect(log.entries).toHaveLength(4)
    expect(log.entries[1]).toMatchObject({ details: { export_id: ids[0], conversations: 2 }, error: null })
    expect(await person.request('DELETE', `${EXPORTS}/${ids[0]}`)).toMatchObject({ status: 204 })
    trainingFailure(await person.request('GET', `${EXPORTS}/${ids[0]}`), 404, 'Not found')
  })
})

describe('who may not', () => {
  it('export what is not theirs, or see, download, cancel or remove the exports of others', async () => {
    const conversation_ids = await seedMany(world.ada, 1)
    const dataset_id = await freeze(world.ada, conversation_ids)
    const targets = [{ id: 'openai-chat', options: {} }]
    const made = await exported(world.ada, { conversation_ids, targets })
    const { stranger } = world
    trainingFailure(await stranger.request('POST', EXPORTS, { conversation_ids, targets }), 404)
    trainingFailure(await stranger.request('POST', EXPORTS, { dataset_id, version: 1, targets }), 404)
    const own = await seedMany(stranger, 1)
    const mixed = { conversation_ids: [...own, ...conversation_ids], targets }
    trainingFailure(await stranger.request('POST', EXPORTS, mixed), 404)
    const at = `${EXPORTS}/${made.export_id}`
    for (const [method, path] of [
      ['GET', at],
      ['GET', `${at}/download`],
      ['POST', `${at}/cancel`],
      ['DELETE', at],
    ] as const) {
      trainingFailure(await stranger.request(method, path), 404, 'Not found')
      trainingFailure(await send(world.server.url, method, path), 401)
    }
    expect((await stranger.request('GET', EXPORTS)).body.exports).toEqual([])
    expect((await world.ada.request('GET', at)).body.export.status).toBe('completed')
  })

  it('ask for what cannot be made', async () => {
    const [id] = await seedMany(world.ada, 1)
    const openai = { id: 'openai-chat', options: {} }
    for (const wrong of [
      { conversation_ids: [id], targets: [] },
      { conversation_ids: [id], targets: [openai, openai] },
      { conversation_ids: [id], targets: [{ id: 'papyrus', options: {} }] },
      { conversation_ids: [id], targets: [{ id: 'csv', options: { roles: 'human_gpt' } }] },
      { conversation_ids: [id], dataset_id: id, version: 1, targets: [openai] },
      { dataset_id: id, targets: [openai] },
      { conversation_ids: [id], targets: [openai], file_name: '../../etc/passwd' },
      { conversation_ids: Array.from({ length: 501 }, () => id), targets: [openai] },
    ]) {
      trainingFailure(await world.ada.request('POST', EXPORTS, wrong), 400, 'Invalid request')
    }
    const dataset_id = await freeze(world.ada, [id!])
    trainingFailure(await world.ada.request('POST', EXPORTS, { dataset_id, version: 2, targets: [openai] }), 404)
    trainingFailure(await world.ada.request('GET', `${EXPORTS}?cursor=nonsense`), 400)
  })
})

const byId = (a: { conversation_id: string }, b: { conversation_id: string }) =>
  a.conversation_id < b.conversation_id ? -1 : 1
