/** GET /api/conversations/{id}/download, to the letter of seed 0; and what is kept of every download. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer, TestPerson } from '#test/support/server.ts'
import { at, openTrainingWorld, trainingFailure, type TrainingWorld } from './world.ts'

const FILE = '{"dataset_metadata":{},"consultant_profile":{},"training_pairs":[]}'
const RAW = '```json\n{"turns": []}\n```'

let world: TrainingWorld
beforeAll(async () => {
  world = await openTrainingWorld()
})
afterAll(() => world.close())

const download = (person: TestPerson, id: string, query = ''): Promise<Answer> =>
  person.request('GET', `/api/conversations/${id}/download${query}`)

/** The link as this test server answers it: its public address has the port 0. */
const follow = (url: string): Promise<Response> => {
  const { pathname, search } = new URL(url)
  return fetch(world.server.url + pathname + search)
}

const exactly = (answer: Answer, status: number, body: unknown) => {
  expect({ status: answer.status, body: answer.body }).toEqual({ status, body })
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
}

describe('a download', () => {
  it('is a link to the final file, said in exactly six fields', async () => {
    const { id } = await world.seedConversation(world.ada, { file: FILE, raw: RAW })
    const before = world.server.clock.now().getTime()
    const answer = await download(world.ada, id)
    exactly(answer, 200, {
      conversation_id: id,
      download_url: expect.stringMatching(
        new RegExp(
          `^http://127\\.0\\.0\\.1:\\d+/storage/v1/object/sign/conversation-files/${world.ada.id}/${id}/conversation\\.json\\?token=[\\w-]{52}$`,
        ),
      ),
      filename: 'conversation.json',
      file_size: FILE.length,
      expires_at: expect.any(String),
      expires_in_seconds: 3600,
    })
    const expiry = Date.parse(answer.body.expires_at)
    expect(new Date(expiry).toISOString()).toBe(answer.body.expires_at)
    expect(expiry).toBeGreaterThanOrEqual(before + 3_600_000)
    expect(expiry).toBeLessThanOrEqual(world.server.clock.now().getTime() + 3_600_000)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(await (await follow(answer.body.download_url)).text()).toBe(FILE)
  })

  it('is of the model’s answer, byte for byte, where that is asked for', async () => {
    const { id } = await world.seedConversation(world.ada, { file: FILE, raw: RAW })
    const { status, body } = await download(world.ada, id, '?type=raw')
    expect([status, body.filename, body.file_size]).toEqual([200, `${id}.json`, RAW.length])
    expect(new URL(body.download_url).pathname).toBe(
      `/storage/v1/object/sign/conversation-files/raw/${world.ada.id}/${id}.json`,
    )
    const file = await follow(body.download_url)
    expect(await file.text()).toBe(RAW)
    expect(file.headers.get('content-disposition')).toBe(`attachment; filename=${id}.json`)
  })

  it('says the id back as the caller spelled it', async () => {
    const { id } = await world.seedConversation(world.ada, { file: FILE })
    const loud = id.toUpperCase()
    const { status, body } = await download(world.ada, loud)
    expect([status, body.conversation_id]).toEqual([200, loud])
    const unknown = randomUUID().toUpperCase()
    expect((await download(world.ada, unknown)).body.message).toBe(`No conversation found with ID: ${unknown}`)
  })

  it('writes the final file first where it is behind, so that nobody gets an older one', async () => {
    const { id, content } = await world.seedConversation(world.ada)
    await world.rows('update training_conversations set file_due = 1 where conversation_id = $1', [id])
    const { status, body } = await download(world.ada, id)
    expect(status).toBe(200)
    const file = await follow(body.download_url)
    expect(Number(file.headers.get('content-length'))).toBe(body.file_size)
    const { training_pairs } = (await file.json()) as { training_pairs: { conversation_id: string }[] }
    expect(training_pairs).toHaveLength(content.turns.length)
    expect(training_pairs[0]!.conversation_id).toBe(id)
  })

  it.each([
    ['null', null],
    ['zero', 0],
  ])('has no size where the record’s is %s', async (_what, size) => {
    const { id } = await world.seedConversation(world.ada, { file: FILE })
    await world.rows('update training_conversations set file_size = $2 where conversation_id = $1', [id, size])
    expect((await download(world.ada, id)).body.file_size).toBeNull()
  })

  it('works by the cookie of the page as well', async () => {
    const { id } = await world.seedConversation(world.ada, { file: FILE })
    const response = await fetch(`${world.server.url}/api/conversations/${id}/download`, {
      headers: { cookie: world.ada.cookie },
    })
    expect(response.status).toBe(200)
  })

  it('takes well under a second', async () => {
    const { id } = await world.seedConversation(world.ada, { file: FILE })
    await download(world.ada, id)
    const start = performance.now()
    await download(world.ada, id)
    expect(performance.now() - start).toBeLessThan(1_000)
  })
})

describe('what a download is refused for, in the order of the checks', () => {
  it('nobody in particular: the document’s header says nothing unless the operator trusts it', async () => {
    const { id } = await world.seedConversation(world.ada, { file: FILE })
    const response = await fetch(`${world.server.url}/api/conversations/${id}/download`, {
      headers: { 'x-user-id': world.ada.id },
    })
    expect([response.status, await response.json()]).toEqual([
      401,
      { error: 'Unauthorized', message: 'Authentication required' },
    ])
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
  })

  it.each([
    'invalid-id',
    '0',
    '60dfa7c67eff45b48450715c9c893ec9',
    '60dfa7c6-7eff-45b4-8450-715c9c893ec',
    '60dfa7c6-7eff-45b4-8450-715c9c893ecg',
    '60dfa7c6-7eff-45b4-8450-715c9c893ec90',
    '{60dfa7c6-7eff-45b4-8450-715c9c893e}',
    'x'.repeat(36),
  ])('an id that is no UUID: %s', async (id) => {
    const answer = await download(world.ada, id)
    exactly(answer, 400, { error: 'Invalid conversation ID', message: 'Conversation ID must be a valid UUID' })
  })

  it.each([
    ['of any version', '00000000-0000-0000-0000-999999999999'],
    ['the nil UUID', '00000000-0000-0000-0000-000000000000'],
    ['version 4', randomUUID()],
    ['version 7', '019a9b1c-7eff-75b4-8450-715c9c893ec9'],
  ])('a conversation that does not exist, with an id %s', async (_what, id) => {
    exactly(await download(world.ada, id), 404, {
      error: 'Conversation not found',
      message: `No conversation found with ID: ${id}`,
      conversation_id: id,
    })
  })

  it('a conversation of another kind, whose ever it is', async () => {
    const id = randomUUID()
    await world.rows(
      `insert into conversations (conversation_id, kind, owner_id, created_at, updated_at, active_at)
       values ($1, 'assistant', $2, now(), now(), now())`,
      [id, world.ada.id],
    )
    trainingFailure(await download(world.ada, id), 404, 'Conversation not found')
    trainingFailure(await download(world.stranger, id), 404, 'Conversation not found')
  })

  it('a conversation of somebody else, before its file is looked at', async () => {
    const denied = { error: 'Access denied', message: 'You do not have permission to download this conversation' }
    for (const seed of [{ file: FILE, raw: RAW }, {}]) {
      const { id } = await world.seedConversation(world.ada, seed)
      exactly(await download(world.stranger, id), 403, denied)
      exactly(await download(world.stranger, id, '?type=raw'), 403, denied)
    }
  })

  it('no file, final or raw', async () => {
    const { id } = await world.seedConversation(world.ada, { file: FILE })
    const missing = {
      error: 'File not found',
      message: 'No file path associated with this conversation',
      conversation_id: id,
    }
    exactly(await download(world.ada, id, '?type=raw'), 404, missing)
    await world.rows('update training_conversations set file_path = null where conversation_id = $1', [id])
    exactly(await download(world.ada, id), 404, missing)
  })

  it('a file that the storage has lost, without a word of where it was', async () => {
    const { id } = await world.seedConversation(world.ada)
    await world.rows('update training_conversations set file_path = $2 where conversation_id = $1', [
      id,
      `${world.ada.id}/${id}/conversation.json`,
    ])
    exactly(await download(world.ada, id), 500, {
      error: 'Storage error',
      message: 'Failed to generate download URL. Please try again.',
      details: 'File not found',
    })
  })

  it('a path that no storage of ours has', async () => {
    const { id } = await world.seedConversation(world.ada)
    await world.rows(`update training_conversations set file_path = '../../etc/passwd' where conversation_id = $1`, [
      id,
    ])
    const answer = await download(world.ada, id)
    exactly(answer, 500, {
      error: 'Storage error',
      message: 'Failed to generate download URL. Please try again.',
      details: 'Something went wrong on the server.',
    })
  })

  it('a type that there is not, and anything else in the query', async () => {
    const { id } = await world.seedConversation(world.ada, { file: FILE })
    for (const query of ['?type=enriched', '?type=', '?type=raw&type=raw', '?user=1'])
      trainingFailure(await download(world.ada, id, query), 400, 'Invalid request')
  })

  it('a conversation that was deleted', async () => {
    const { id } = await world.seedConversation(world.ada, { file: FILE })
    await world.rows('delete from conversations where conversation_id = $1', [id])
    trainingFailure(await download(world.ada, id), 404, 'Conversation not found')
  })

  it('what nobody expected, with a sentence and nothing of what went wrong', async () => {
    const other = await openTrainingWorld()
    try {
      const { id } = await other.seedConversation(other.ada, { file: FILE })
      await other.rows('alter table training_log rename to elsewhere')
      exactly(await download(other.ada, id), 500, {
        error: 'Internal server error',
        message: 'Failed to generate download URL',
        details: 'Something went wrong on the server.',
      })
      expect(other.server.problems).toHaveLength(1)
    } finally {
      await other.close()
    }
  })

  it('storage that can’t be reached, with a sentence and nothing of what went wrong', async () => {
    const other = await openTrainingWorld({
      env: { S3_ENDPOINT: 'http://127.0.0.1:9', S3_BUCKET: 'b', S3_ACCESS_KEY_ID: 'k', S3_SECRET_ACCESS_KEY: 's' },
    })
    try {
      const { id } = await other.seedConversation(other.ada, { file: FILE })
      const answer = await download(other.ada, id)
      exactly(answer, 500, {
        error: 'Storage error',
        message: 'Failed to generate download URL. Please try again.',
        details: 'The storage for files cannot be reached right now. Please try again.',
      })
      expect(other.server.problems).not.toEqual([])
    } finally {
      await other.close()
    }
  })
})

describe('the history of a conversation', () => {
  it('has every download and failure, newest first, and counts what went well', async () => {
    const { id } = await world.seedConversation(world.ada, { file: FILE })
    await download(world.ada, id)
    world.server.clock.moveBy(1_000)
    await download(world.ada, id, '?type=raw')
    world.server.clock.moveBy(1_000)
    const { body: last } = await download(world.ada, id)
    const { status, body } = await world.ada.request('GET', at(id, '/downloads'))
    expect([status, body]).toEqual([
      200,
      {
        download_count: 2,
        last_downloaded_at: expect.any(String),
        downloads: [
          { at: body.last_downloaded_at, type: 'final', bytes: FILE.length, error: null },
          { at: expect.any(String), type: 'raw', bytes: null, error: 'training.no_file' },
          { at: expect.any(String), type: 'final', bytes: FILE.length, error: null },
        ],
        next_cursor: null,
      },
    ])
    expect(Date.parse(last.expires_at) - Date.parse(body.last_downloaded_at)).toBeCloseTo(3_600_000, -2)
  })

  it('comes in pages that skip and repeat nothing', async () => {
    const { id } = await world.seedConversation(world.ada, { file: FILE })
    for (let round = 0; round < 5; round++) await download(world.ada, id)
    const seen: string[] = []
    let cursor = ''
    do {
      const { body } = await world.ada.request('GET', at(id, `/downloads?limit=2${cursor && `&cursor=${cursor}`}`))
      seen.push(...body.downloads.map((each: { at: string }) => each.at))
      cursor = body.next_cursor
    } while (cursor !== null)
    expect(seen).toHaveLength(5)
    expect(seen).toEqual(seen.toSorted().toReversed())
  })

  it('is nobody else’s', async () => {
    const { id } = await world.seedConversation(world.ada, { file: FILE })
    trainingFailure(await world.stranger.request('GET', at(id, '/downloads')), 404, 'Conversation not found')
  })
})

describe('the log', () => {
  it('has what a person did, whatever became of it, and only theirs', async () => {
    const person = await world.server.newPerson()
    const { id } = await world.seedConversation(person, { file: FILE })
    const { id: foreign } = await world.seedConversation(world.ada, { file: FILE })
    await download(person, id)
    await download(person, foreign)
    const { status, body } = await person.request('GET', '/api/training/log')
    const entry = (rest: object) => ({ id: expect.any(String), at: expect.any(String), actor_id: person.id, ...rest })
    expect([status, body]).toEqual([
      200,
      {
        entries: [
          entry({
            action: 'download',
            conversation_id: foreign,
            bytes: null,
            error: 'conversation.forbidden',
            details: null,
          }),
          entry({ action: 'download', conversation_id: id, bytes: FILE.length, error: null, details: null }),
        ],
        next_cursor: null,
      },
    ])
    const others = await world.stranger.request('GET', `/api/training/log?conversation_id=${id}`)
    expect(others.body.entries).toEqual([])
  })

  it('is filtered by action, conversation and time', async () => {
    const person = await world.server.newPerson()
    const [one, two] = [
      await world.seedConversation(person, { file: FILE, raw: RAW }),
      await world.seedConversation(person, { file: FILE }),
    ]
    await download(person, one.id)
    await download(person, one.id, '?type=raw')
    world.server.clock.moveBy(60_000)
    const between = new Date(world.server.clock.now().getTime() - 30_000).toISOString()
    await download(person, two.id)
    const list = async (query: string) =>
      (await person.request('GET', `/api/training/log?${query}`)).body.entries.map((each: any) => [
        each.action,
        each.conversation_id,
      ])
    expect(await list('action=download_raw')).toEqual([['download_raw', one.id]])
    expect(await list(`conversation_id=${two.id}`)).toEqual([['download', two.id]])
    expect(await list(`from=${between}`)).toEqual([['download', two.id]])
    expect(await list(`to=${between}&action=download`)).toEqual([['download', one.id]])
    for (const wrong of ['action=explode', 'from=yesterday', 'cursor=x', 'limit=101'])
      trainingFailure(await person.request('GET', `/api/training/log?${wrong}`), 400, 'Invalid request')
  })

  it('outlives the conversation', async () => {
    const person = await world.server.newPerson()
    const { id } = await world.seedConversation(person, { file: FILE })
    await download(person, id)
    await world.rows('delete from conversations where conversation_id = $1', [id])
    const { body } = await person.request('GET', `/api/training/log?conversation_id=${id}&action=download`)
    expect(body.entries).toHaveLength(1)
  })

  it('is a CSV file too, in which no value is a formula', async () => {
    const person = await world.server.newPerson()
    const { id } = await world.seedConversation(person, { file: FILE })
    await download(person, id)
    await world.rows(`update training_log set details = '{"reason":"=cmd, \\"x\\""}' where conversation_id = $1`, [id])
    const answer = await person.request('GET', '/api/training/log.csv')
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('content-disposition')]).toEqual([
      200,
      'text/csv; charset=utf-8',
      'attachment; filename=training-log.csv',
    ])
    const [head, line, rest] = (answer.body as string).split('\r\n')
    expect([head, rest]).toEqual(['id,at,action,actor_id,conversation_id,bytes,error,details', ''])
    expect(line).toMatch(new RegExp(`^[\\w-]{36},[^,]+Z,download,${person.id},${id},${FILE.length},,`))
    expect(line).toContain(String.raw`"{""reason"":""=cmd, \""x\""""}"`)
    const head2 = await person.request('HEAD', '/api/training/log.csv')
    expect([head2.status, head2.body]).toEqual([200, undefined])
    const anybody = await fetch(`${world.server.url}/api/training/log.csv`)
    expect(anybody.status).toBe(401)
  })
})

describe('what one person may download', () => {
  const open = async (env: Record<string, string>) => {
    const limited = await openTrainingWorld({ env })
    const { id } = await limited.seedConversation(limited.ada, { file: FILE })
    return { limited, id }
  }
  const refusal = {
    error: 'Too many requests',
    message: 'You have downloaded as much as this server gives one person for now. Please try again later.',
  }

  it('is so many downloads an hour, and says when there are more', async () => {
    const { limited, id } = await open({ TRAINING_DOWNLOADS_PER_HOUR: '3' })
    try {
      const { clock } = limited.server
      const statuses = await Promise.all(
        Array.from({ length: 10 }, async () => (await download(limited.ada, id)).status),
      )
      expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 200, 200, ...Array<number>(7).fill(429)])
      const answer = await download(limited.ada, id)
      exactly(answer, 429, refusal)
      const seconds = Number(answer.headers.get('retry-after'))
      expect(seconds).toBeGreaterThan(3_500)
      expect(seconds).toBeLessThanOrEqual(3_600)
      clock.moveBy(seconds * 1_000)
      expect((await download(limited.ada, id)).status).toBe(200)
      const history = await limited.ada.request('GET', at(id, '/downloads'))
      expect(history.body.download_count).toBe(4)
      // Of what was refused one an hour is written: nobody fills the log by asking.
      const refused = history.body.downloads.filter((each: any) => each.error === 'training.download_limit')
      expect(refused).toHaveLength(1)
    } finally {
      await limited.close()
    }
  })

  it('counts what fails, so that nobody tries all ids, and each person by themselves', async () => {
    const { limited, id } = await open({ TRAINING_DOWNLOADS_PER_HOUR: '3' })
    try {
      for (let round = 0; round < 3; round++) expect((await download(limited.stranger, randomUUID())).status).toBe(404)
      exactly(await download(limited.stranger, randomUUID()), 429, refusal)
      expect((await download(limited.ada, id)).status).toBe(200)
    } finally {
      await limited.close()
    }
  })

  it('is so many bytes a day; the download that passes it is the last', async () => {
    const { limited } = await open({ TRAINING_DOWNLOAD_MB_PER_DAY: '1' })
    try {
      const { id } = await limited.seedConversation(limited.ada, { file: 'x'.repeat(700_000) })
      expect((await download(limited.ada, id)).status).toBe(200)
      expect((await download(limited.ada, id)).status).toBe(200)
      const answer = await download(limited.ada, id)
      exactly(answer, 429, refusal)
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(86_000)
      limited.server.clock.moveBy(86_400_000)
      expect((await download(limited.ada, id)).status).toBe(200)
    } finally {
      await limited.close()
    }
  })
})
