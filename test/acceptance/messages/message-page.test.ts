/** GET /api/conversations/{conversationId}/messages (seed 1) for conversations with a model. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pagedMessages } from '#contract/conversations/index.ts'
import { messagePage } from '#contract/messages/index.ts'
import { seedConversation, seedMessage } from '#test/support/database.ts'
import { startScriptedProvider, type ScriptedProvider } from '#test/support/scripted-provider/scripted-provider.ts'
import { type Answer, send, startTestServer, type TestPerson, type TestServer } from '#test/support/server.ts'
import { expectStatus, seed1Failure } from '../surfaces/holding.ts'

const PROBLEMS = 'https://api.example.com/problems/'
const T0 = Date.UTC(2026, 0, 1)

let provider: ScriptedProvider
let server: TestServer
let person: TestPerson
let stranger: TestPerson
beforeAll(async () => {
  provider = await startScriptedProvider()
  server = await startTestServer({ env: { LLM_BASE_URL: provider.url, LLM_MODEL: 'echo' } })
  person = await server.newPerson()
  stranger = await server.newPerson()
})
afterAll(async () => {
  await server.close()
  await provider.close()
})

const pathOf = (id: string, query = '') => `/api/conversations/${id}/messages${query}`
const get = (id: string, query = '', by = person) => by.request('GET', pathOf(id, query))

const page = async (id: string, query = '') => {
  const answer = await get(id, query)
  expectStatus(answer, 200)
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
  return messagePage.parse(answer.body)
}

/** A conversation with messages at these milliseconds; their ids in the order of the seed: newest first, ties by id. */
const seeded = async (times: readonly number[], by = person): Promise<{ id: string; newestFirst: string[] }> => {
  const { owner } = server.database
  const id = await seedConversation(owner, by.id, { created_at: new Date(T0) })
  const made: { id: string; time: number }[] = []
  for (const time of times) {
    const conversation = { conversationId: id, ownerId: by.id }
    made.push({ id: await seedMessage(owner, conversation, { created_at: new Date(T0 + time) }), time })
  }
  await owner.query('update conversations set message_count = $2 where conversation_id = $1', [id, times.length])
  const newestFirst = made.toSorted((a, b) => b.time - a.time || (a.id < b.id ? 1 : -1)).map((message) => message.id)
  return { id, newestFirst }
}
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)

/** All pages from the newest on, as a client reads them. */
const walk = async (id: string, limit = 20, between: () => Promise<unknown> = async () => {}) => {
  const seen: string[] = []
  let before: string | undefined
  for (;;) {
    const { data, hasMore, oldestMessageId } = await page(id, `?limit=${limit}${before ? `&before=${before}` : ''}`)
    seen.push(...data.map((message) => message.id))
    if (!hasMore) return seen
    expect(data).toHaveLength(limit)
    expect(oldestMessageId).toBe(data.at(-1)!.id)
    before = oldestMessageId
    await between()
  }
}

const problem = (answer: Answer, status: number, slug: string, title: string, detail: string) => {
  seed1Failure(answer, status)
  expect(answer.body).toEqual({ type: PROBLEMS + slug, title, status, detail })
}
const unauthorized = (answer: Answer) =>
  problem(answer, 401, 'unauthorized', 'Unauthorized', 'Invalid or expired token')
const invalid = (answer: Answer, detail: string | RegExp) => {
  const body = seed1Failure(answer, 400)
  expect(body).toMatchObject({ type: `${PROBLEMS}invalid-input`, title: 'Invalid Request' })
  expect(body.detail).toMatch(detail)
}

describe('who asks', () => {
  it('is told 401 without a credential, with a bad one, and with one that was revoked', async () => {
    const { id } = await seeded([])
    const ask = (headers?: Record<string, string>) => send(server.url, 'GET', pathOf(id), undefined, headers)
    unauthorized(await ask())
    unauthorized(await ask({ authorization: 'Bearer nonsense' }))
    unauthorized(await ask({ authorization: `Basic ${person.token}` }))
    const leaver = await server.newPerson()
    const { body } = await leaver.request('GET', '/api/app/access-tokens')
    await leaver.request('DELETE', `/api/app/access-tokens/${body.data[0].id}`)
    unauthorized(await get(id, '', leaver))
  })

  it('is told 401 before anything that is wrong with the address', async () => {
    unauthorized(await send(server.url, 'GET', pathOf('nonsense', '?limit=7')))
  })
})

describe('a request that is not well formed', () => {
  it.each([
    'nonsense',
    '123',
    'c0000000000000000000000000',
    // Versions 1, 3, 5, 7, and none at all.
    'a8098c1a-f86e-11da-bd1a-00112444be1e',
    '6fa459ea-ee8a-3ca4-894e-db77e160355e',
    '886313e1-3b8a-5372-9b90-0c9aee199e5d',
    '01890a5d-ac96-774b-bcce-b302099a8057',
    '00000000-0000-0000-0000-000000000000',
    // Version 4 of another variant.
    '550e8400-e29b-41d4-c716-446655440000',
  ])('is told that the conversationId is no UUID v4: %s', async (id) => {
    problem(await get(id), 400, 'invalid-input', 'Invalid Request', 'Invalid conversationId format')
  })

  it.each(['limit=19', 'limit=101', 'limit=0', 'limit=-50', 'limit=50.5', 'limit=many', 'limit=', 'limit=50&limit=50'])(
    'is told which parameter: %s',
    async (query) => {
      const { id } = await seeded([])
      invalid(await get(id, `?${query}`), /limit/)
    },
  )

  it.each(['nonsense', 'msg-123', '', 'null', '6fa459ea-ee8a-3ca4-894e-db77e160355e'])(
    'is told that before is no message id: %j',
    async (before) => {
      const { id } = await seeded([])
      invalid(await get(id, `?before=${before}`), /before/)
    },
  )

  it('is told so when before is of no message, of another conversation, or of somebody else’s', async () => {
    const { id } = await seeded(upTo(3))
    const other = await seeded(upTo(3))
    const foreign = await seeded(upTo(3), stranger)
    for (const before of [randomUUID(), other.newestFirst[1]!, foreign.newestFirst[1]!]) {
      invalid(await get(id, `?before=${before}`), /before/)
    }
  })

  it.each([
    'limit=50&page=1',
    'page=1&before=550e8400-e29b-41d4-a716-446655440000',
    'pageSize=20&limit=20',
    'pageSize=5&workTypeId=a',
  ])('is told 400 when it asks for both kinds of page: %s', async (query) => {
    const { id } = await seeded([])
    invalid(await get(id, `?${query}`), /./)
  })

  it('is told 400 about a parameter that nobody knows', async () => {
    const { id } = await seeded([])
    invalid(await get(id, '?offset=3'), /offset/)
  })
})

describe('who may read', () => {
  it('a conversation of somebody else is told 403, one that does not exist 404', async () => {
    const { id } = await seeded(upTo(2), stranger)
    for (const query of ['', '?limit=20', '?page=1']) {
      problem(await get(id, query), 403, 'forbidden', 'Access Denied', "You don't have access to this conversation")
      problem(await get(randomUUID(), query), 404, 'not-found', 'Not Found', 'Conversation not found')
    }
  })

  it('a conversation that was deleted is told 404', async () => {
    const { id } = await seeded(upTo(2))
    await person.request('DELETE', `/api/conversations/${id}`)
    problem(await get(id), 404, 'not-found', 'Not Found', 'Conversation not found')
  })

  it('is asked before the cursor is: a foreign conversation tells nothing of its messages', async () => {
    const { id, newestFirst } = await seeded(upTo(2), stranger)
    const known = await get(id, `?before=${newestFirst[0]}`)
    const unknown = await get(id, `?before=${randomUUID()}`)
    expect([known.status, known.body]).toEqual([unknown.status, unknown.body])
    expect(known.status).toBe(403)
  })
})

describe('a message', () => {
  it('has exactly the fields of the seed', async () => {
    const asked = { content: 'Hello there', model: 'echo' }
    const created = await person.request('POST', '/api/conversations', asked)
    const { conversation, messages } = created.body
    const me = await person.request('GET', '/api/app/me')
    const { body } = await get(conversation.id)
    const common = {
      conversationId: conversation.id,
      senderAvatarUrl: null,
      type: 'text',
      attachments: [],
      isPinned: false,
      isStarred: false,
      threadId: null,
      replyCount: 0,
      workTypeId: null,
      taskId: null,
      linkedTaskCount: 0,
    }
    const [question, answer] = messages
    expect(body).toEqual({
      data: [
        {
          ...common,
          id: answer.id,
          senderId: expect.any(String),
          senderName: 'echo',
          content: 'Hello there',
          createdAt: answer.created_at,
          updatedAt: answer.created_at,
        },
        {
          ...common,
          id: question.id,
          senderId: person.id,
          senderName: me.body.name,
          content: 'Hello there',
          createdAt: question.created_at,
          updatedAt: question.created_at,
        },
      ],
      hasMore: false,
      oldestMessageId: question.id,
    })
  })

  it('of the system is of type system', async () => {
    const id = await seedConversation(server.database.owner, person.id)
    await seedMessage(
      server.database.owner,
      { conversationId: id, ownerId: person.id },
      { role: 'system', content: 'S' },
    )
    const { data } = await page(id)
    expect(data[0]).toMatchObject({ type: 'system', content: 'S' })
  })
})

describe('the page', () => {
  it('of an empty conversation is empty and has no oldest message', async () => {
    const { id } = await seeded([])
    expect((await get(id)).body).toEqual({ data: [], hasMore: false })
  })

  it('is newest first, 50 by default, and names its oldest', async () => {
    const { id, newestFirst } = await seeded(upTo(60))
    const { data, hasMore, oldestMessageId } = await page(id)
    expect(data.map((message) => message.id)).toEqual(newestFirst.slice(0, 50))
    expect(hasMore).toBe(true)
    expect(oldestMessageId).toBe(newestFirst[49])
  })

  it.each([20, 50, 99, 100])('takes a limit of %i', async (limit) => {
    const { id, newestFirst } = await seeded(upTo(110))
    const { data } = await page(id, `?limit=${limit}`)
    expect(data.map((message) => message.id)).toEqual(newestFirst.slice(0, limit))
    expect(await walk(id, limit)).toEqual(newestFirst)
  })

  it.each([20, 40])('has no more after exactly %i messages', async (count) => {
    const { id, newestFirst } = await seeded(upTo(count))
    expect(await walk(id, 20)).toEqual(newestFirst)
    expect(await page(id, `?before=${newestFirst.at(-1)}`)).toEqual({ data: [], hasMore: false })
  })

  it('holds what is strictly older than before', async () => {
    const { id, newestFirst } = await seeded(upTo(30))
    const { data } = await page(id, `?before=${newestFirst[4]!.toUpperCase()}`)
    expect(data.map((message) => message.id)).toEqual(newestFirst.slice(5))
  })

  it('breaks ties in time by id, so that a page may end in the middle of one', async () => {
    const { id, newestFirst } = await seeded([...Array(45).fill(5), ...Array(30).fill(6), 1, 1, 9])
    expect(await walk(id)).toEqual(newestFirst)
  })

  it('with a work type holds none of an assistant’s messages', async () => {
    const { id } = await seeded(upTo(3))
    expect((await get(id, '?workTypeId=wt-456')).body).toEqual({ data: [], hasMore: false })
    problem(
      await get((await seeded([], stranger)).id, '?workTypeId=wt-456'),
      403,
      'forbidden',
      'Access Denied',
      "You don't have access to this conversation",
    )
  })

  it('skips and repeats nothing while others write and delete', async () => {
    const { id, newestFirst } = await seeded([...Array(80).fill(5), ...upTo(120)])
    const { owner } = server.database
    const doomed = newestFirst.filter((_, index) => index % 7 === 3)
    const over = new AbortController()
    const writers = [1, 2].map(async () => {
      while (!over.signal.aborted) await person.request('POST', pathOf(id), { content: 'Meanwhile', model: 'echo' })
    })
    const remover = (async () => {
      for (const message of doomed) await owner.query('delete from messages where message_id = $1', [message])
    })()
    const walks = await Promise.all(
      upTo(4).map(async () => {
        // Each page waits for another message, so that writers and readers really alternate.
        const seen: string[] = []
        let before: string | undefined
        for (;;) {
          const answer = await get(id, `?limit=20${before ? `&before=${before}` : ''}`)
          // Its cursor was deleted meanwhile: the client begins again at the last one that still stands.
          if (answer.status === 400)
            before = seen.findLast((message) => message !== before && !doomed.includes(message))
          else {
            const { data, hasMore, oldestMessageId } = messagePage.parse(answer.body)
            seen.splice(before === undefined ? 0 : seen.indexOf(before) + 1)
            seen.push(...data.map((message) => message.id))
            if (!hasMore) return seen
            before = oldestMessageId
          }
          await person.request('POST', pathOf(id), { content: 'Between', model: 'echo' })
        }
      }),
    )
    over.abort()
    await Promise.all([...writers, remover])
    const standing = newestFirst.filter((message) => !doomed.includes(message))
    for (const seen of walks) {
      expect(new Set(seen).size).toBe(seen.length)
      expect(seen.filter((message) => standing.includes(message))).toEqual(standing)
    }
  })

  it('answers 500, and nothing of what happened inside, when the database fails', async () => {
    const { id } = await seeded([])
    await server.database.owner.query('alter table messages rename to messages_away')
    try {
      const detail = 'An error occurred processing your request'
      problem(await get(id), 500, 'server-error', 'Server Error', detail)
    } finally {
      await server.database.owner.query('alter table messages_away rename to messages')
    }
  })
})

describe('with page or pageSize (seed 4’s shape)', () => {
  const numbered = async (id: string, query: string) => {
    const answer = await get(id, query)
    expectStatus(answer, 200)
    return pagedMessages.body.parse(answer.body)
  }

  it('is oldest first, 50 to a page by default, with the total', async () => {
    const { id, newestFirst } = await seeded([...upTo(58), 58, 58])
    const oldestFirst = newestFirst.toReversed()
    const first = await numbered(id, '?page=1')
    expect(first.pagination).toEqual({ page: 1, pageSize: 50, total: 60 })
    expect(first.data.map((message) => message.id)).toEqual(oldestFirst.slice(0, 50))
    const second = await numbered(id, '?page=2&pageSize=25')
    expect(second.pagination).toEqual({ page: 2, pageSize: 25, total: 60 })
    expect(second.data.map((message) => message.id)).toEqual(oldestFirst.slice(25, 50))
    expect((await numbered(id, '?pageSize=7')).data.map((message) => message.id)).toEqual(oldestFirst.slice(0, 7))
  })

  it('has exactly the fields of seed 4', async () => {
    const { body } = await person.request('POST', '/api/conversations', { content: 'Hello', model: 'echo' })
    expect((await numbered(body.conversation.id, '?page=1')).data).toEqual(body.messages)
  })

  it.each(['page=0', 'page=-1', 'page=x', 'page=1.5', 'pageSize=0', 'pageSize=101', 'pageSize=x'])(
    'is told 400 and which parameter: %s',
    async (query) => {
      const { id } = await seeded([])
      invalid(await get(id, `?${query}`), new RegExp(query.split('=')[0]!))
    },
  )
})
