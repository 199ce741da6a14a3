/** What happens in a person's team conversations reaches every tab of theirs: all of it, once, in order, and nobody else's. */
import { randomInt, randomUUID } from 'node:crypto'
import { EventSource } from 'eventsource'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { personEvent, type PersonEvent } from '#contract/messages/team.ts'
import { createTestDatabase, seedFile, seedTeam, seedTeamMessage, type TestDatabase } from '#test/support/database.ts'
import { startTestServer, type TestPerson, type TestServer } from '#test/support/server.ts'
import { openWireProxy } from '#test/support/wire-proxy.ts'
import {
  breakNotices,
  type Connection,
  contentsOf,
  groupOf,
  isPosted,
  listen,
  say,
  type ToldEvent,
} from './events-world.ts'

let database: TestDatabase
let server: TestServer
let other: TestServer
let ada: TestPerson
let grace: TestPerson
let alan: TestPerson
/** Somebody who listens to both servers all the time, alone in a group. */
let witness: { person: TestPerson; group: string; connections: Connection[] }
beforeAll(async () => {
  database = await createTestDatabase({ quiet: true })
  server = await startTestServer({ database, heartbeatMs: 100 })
  other = await startTestServer({ database: server.database })
  ;[ada, grace, alan] = [await server.newPerson(), await server.newPerson(), await server.newPerson()]
  const person = await server.newPerson()
  witness = {
    person,
    group: await groupOf(server, person),
    connections: [await listen(server, person), await listen(other, person)],
  }
})
afterAll(async () => {
  await other.close()
  await server.close()
  await database.drop()
})

/** Of Ada and Grace. */
let group: string
const open: Connection[] = []
beforeEach(async () => {
  for (const connection of open.splice(0)) connection.close()
  group = await groupOf(server, ada, grace)
})

/** Until both servers have told everything that happened before. */
const settled = async () => {
  const content = randomUUID()
  await say(server, witness.group, witness.person, content)
  await Promise.all(witness.connections.map((connection) => untilSaid(connection, content)))
}

/** Begins where the servers have told everything, unless a position is given. */
const listening = async (person: TestPerson, lastEventId?: string, at: TestServer = server) => {
  if (lastEventId === undefined) await settled()
  const connection = await listen(at, person, lastEventId)
  open.push(connection)
  return connection
}

const owner = () => server.database.owner
const tell = (kind: string, conversationId: string, more: { message?: string; person?: TestPerson } = {}) =>
  owner().query('select note_team_event($1, $2, $3, $4)', [
    conversationId,
    kind,
    more.message ?? null,
    more.person?.id ?? null,
  ])
/** As the roster does it: the person's own event, then everybody's. */
const remove = async (conversationId: string, person: TestPerson) => {
  await owner().query('begin')
  await owner().query('update members set left_at = now() where conversation_id = $1 and user_id = $2', [
    conversationId,
    person.id,
  ])
  await tell('conversation-gone', conversationId, { person })
  await tell('conversation-changed', conversationId)
  await owner().query('commit')
}
const add = async (conversationId: string, person: TestPerson) => {
  await owner().query('begin')
  await owner().query(
    `insert into members (conversation_id, user_id, role, joined_at, read_at) values ($1, $2, 'member', now(), now())
     on conflict (conversation_id, user_id) do update set left_at = null`,
    [conversationId, person.id],
  )
  await tell('conversation-changed', conversationId, { person })
  await tell('conversation-changed', conversationId)
  await owner().query('commit')
}
/** The last of what a test waits for: whatever should have come before it has come. */
const untilSaid = (connection: Connection, content: string) =>
  connection.next((event) => event.type === 'message-posted' && event.message.content === content)

describe('the stream of a person', () => {
  it('is for those who are signed in', async () => {
    const response = await fetch(`${server.url}/api/app/events`)
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ status: 401, code: 'identity.missing' })
  })

  it('refuses a position that is no text of at most 100 characters', async () => {
    const response = await ada.request('GET', `/api/app/events?lastEventId=${'1'.repeat(101)}`)
    expect([response.status, response.body.code]).toEqual([400, 'request.invalid'])
  })

  it('begins now: with a position, and nothing of what was before', async () => {
    await say(server, group, grace, 'Before')
    const connection = await listening(ada)
    await say(server, group, grace, 'After')
    await connection.next(isPosted)
    expect(connection.events.map(({ data }) => data.type)).toEqual(['connected', 'message-posted'])
    expect(connection.events[0]!.id).toMatch(/^\d+\.\d+$/)
  })

  it('shows that it lives, and where a reader that hears nothing may go on from', async () => {
    const response = await fetch(`${server.url}/api/app/events`, { headers: { authorization: `Bearer ${alan.token}` } })
    const beats: string[] = []
    let text = ''
    for await (const chunk of response.body!) {
      text += Buffer.from(chunk).toString()
      for (const [event] of text.matchAll(/id: [\d.]+\ndata: \{"type":"heartbeat".*\n\n/g)) beats.push(event)
      if (beats.length > 0) break
    }
    expect(beats[0]).toMatch(/^id: \d+\.\d+\ndata: \{"type":"heartbeat","timestamp":"[\d-]{10}T[\d:.]{12}Z"\}\n\n$/)
  })

  it('ends when its sign-in is ended, on every server', async () => {
    const guest = await server.newPerson()
    const [here, there] = [await listening(guest), await listening(guest, undefined, other)]
    const tokens = await guest.request('GET', '/api/app/access-tokens')
    await guest.request('DELETE', `/api/app/access-tokens/${tokens.body.data[0].id}`)
    await Promise.all([here.over, there.over])
  })
})

describe('what happens in a conversation', () => {
  it('a posted message is told whole: sender, files, thread and all', async () => {
    const connection = await listening(ada)
    const root = await say(server, group, ada, 'Look')
    const at = new Date('2026-05-06T07:08:09.010Z')
    await owner().query('begin')
    const id = await seedTeamMessage(
      owner(),
      { conversationId: group, senderId: grace.id },
      { content: 'The plan', type: 'file', thread_id: root, created_at: at },
    )
    const file = await seedFile(
      owner(),
      { conversationId: group, uploaderId: grace.id, messageId: id },
      { name: 'plan.pdf', content_type: 'application/pdf', category: 'pdf', size: 4_321 },
    )
    await owner().query('commit')
    const { data } = await untilSaid(connection, 'The plan')
    const { body: me } = await grace.request('GET', '/api/app/me')
    expect(data).toMatchObject({
      type: 'message-posted',
      message: {
        id,
        conversationId: group,
        senderId: grace.id,
        senderName: me.name,
        type: 'file',
        content: 'The plan',
        attachments: [{ fileId: file, fileName: 'plan.pdf', contentType: 'application/pdf', fileSize: 4_321 }],
        createdAt: at.toISOString(),
        isPinned: false,
        isStarred: null,
        threadId: root,
        replyCount: 0,
        workTypeId: null,
        taskId: null,
        linkedTaskCount: 0,
      },
    })
    await connection.next(
      (event) => event.type === 'message-changed' && event.message.id === root && event.message.replyCount === 1,
    )
  })

  it('changes and deletions of messages are told, and all else by name', async () => {
    const message = await say(server, group, null, 'Grace was added.')
    const connection = await listening(ada)
    await owner().query('update messages set pinned_at = now() where message_id = $1', [message])
    await owner().query(`update messages set deleted_at = now(), content = '' where message_id = $1`, [message])
    for (const kind of ['conversation-changed', 'work-types-changed', 'tasks-changed']) await tell(kind, group)
    await say(server, group, grace, 'Last')
    await untilSaid(connection, 'Last')
    const [changed, ...rest] = connection.events.slice(1, -1).map(({ data }) => data)
    // The message was deleted right after it was pinned: whether a change of it is told depends on who was faster.
    const told = changed?.type === 'message-changed' ? rest : [changed, ...rest]
    if (changed?.type === 'message-changed') expect(changed.message).toMatchObject({ id: message, isPinned: true })
    expect(told).toEqual([
      { type: 'message-deleted', conversationId: group, messageId: message, timestamp: expect.any(String) },
      ...['conversation-changed', 'work-types-changed', 'tasks-changed'].map((type) => ({
        type,
        conversationId: group,
        timestamp: expect.any(String),
      })),
    ])
  })

  it('is told to every tab and device of every member, and to nobody else', async () => {
    const elsewhere = await groupOf(server, grace, alan)
    const [one, two, three] = [await listening(ada), await listening(ada), await listening(grace)]
    const stranger = await listening(alan)
    await say(server, group, grace, 'For us')
    await say(server, elsewhere, alan, 'For the others')
    await Promise.all([one, two, three].map((connection) => untilSaid(connection, 'For us')))
    await untilSaid(stranger, 'For the others')
    await untilSaid(three, 'For the others')
    expect([one, two, three, stranger].map(({ events }) => contentsOf(events))).toEqual([
      ['For us'],
      ['For us'],
      ['For us', 'For the others'],
      ['For the others'],
    ])
  })

  it('read marks and stars are told to the person whose they are', async () => {
    const message = await say(server, group, grace, 'Star me')
    const [hers, theirs] = [await listening(ada), await listening(grace)]
    await tell('read-moved', group, { person: ada })
    await tell('star-changed', group, { person: ada, message })
    await say(server, group, grace, 'Last')
    await Promise.all([hers, theirs].map((connection) => untilSaid(connection, 'Last')))
    expect(hers.events.slice(1, 3).map(({ data }) => data)).toEqual([
      { type: 'read-moved', conversationId: group, timestamp: expect.any(String) },
      { type: 'star-changed', conversationId: group, messageId: message, timestamp: expect.any(String) },
    ])
    expect(theirs.events.map(({ data }) => data.type)).toEqual(['connected', 'message-posted'])
  })

  it('nothing that anybody writes ends an event or begins another', async () => {
    const nasty =
      'a\r\nid: 9.9\r\ndata: {"type":"reset"}\n\n\u2028\u2029\u0085\uFEFF"\\</script>\u{1F469}\u200D\u{1F52C}\u202E'
    await owner().query('update users set name = $2 where user_id = $1', [grace.id, nasty])
    const connection = await listening(ada)
    await say(server, group, grace, nasty)
    const { data } = await connection.next(isPosted)
    expect(data).toMatchObject({ message: { content: nasty, senderName: nasty } })
    expect(connection.events.map(({ data: event }) => event.type)).toEqual(['connected', 'message-posted'])
    await owner().query('update users set name = $2 where user_id = $1', [grace.id, 'Grace'])
  })
})

describe('who comes and goes', () => {
  it('somebody who is added hears of it and of everything that follows, without connecting again', async () => {
    const connection = await listening(alan)
    await say(server, group, grace, 'Before')
    await add(group, alan)
    await say(server, group, grace, 'Welcome')
    await untilSaid(connection, 'Welcome')
    expect(connection.events[1]!.data).toMatchObject({ type: 'conversation-changed', conversationId: group })
    expect(contentsOf(connection.events)).toEqual(['Welcome'])
  })

  it('somebody who is removed hears of it and of nothing that follows, also after connecting again', async () => {
    const connection = await listening(grace)
    await say(server, group, ada, 'Before')
    await untilSaid(connection, 'Before')
    const before = connection.lastEventId
    await remove(group, grace)
    await say(server, group, ada, 'Between ourselves')
    await connection.next(({ type }) => type === 'conversation-gone')
    const elsewhere = await groupOf(server, grace, alan)
    await add(elsewhere, grace)
    await connection.next((event) => event.type === 'conversation-changed' && event.conversationId === elsewhere)
    expect(contentsOf(connection.events)).toEqual(['Before'])
    const again = await listening(grace, before)
    await again.next((event) => event.type === 'conversation-changed' && event.conversationId === elsewhere)
    expect(again.events.map(({ data }) => data.type)).toEqual([
      'connected',
      'conversation-gone',
      'conversation-changed',
      'conversation-changed',
    ])
  })

  it('a removal that is numbered after a message that was posted later still hides it', async () => {
    const [hers, theirs] = [await listening(ada), await listening(grace)]
    const writer = await database.anotherOwner()
    try {
      await writer.query('begin')
      // Draws the lower number of the two transactions.
      await writer.query('select pg_current_xact_id()')
      await remove(group, grace)
      await seedTeamMessage(writer, { conversationId: group, senderId: ada.id }, { content: 'Between ourselves' })
      await writer.query('commit')
    } finally {
      await writer.end()
    }
    await untilSaid(hers, 'Between ourselves')
    await theirs.next(({ type }) => type === 'conversation-gone')
    const elsewhere = await groupOf(server, grace)
    await add(elsewhere, grace)
    await theirs.next((event) => event.type === 'conversation-changed' && event.conversationId === elsewhere)
    expect(contentsOf(theirs.events)).toEqual([])
  })

  it('who is removed and added again at the same time is what the database says in the end', async () => {
    const theirs = await listening(grace)
    const writer = await database.anotherOwner()
    try {
      await writer.query('begin')
      await writer.query('select pg_current_xact_id()')
      await remove(group, grace)
      // Takes effect last, though it is numbered first.
      await writer.query('update members set left_at = null where conversation_id = $1 and user_id = $2', [
        group,
        grace.id,
      ])
      await writer.query(`select note_team_event($1, 'conversation-changed', null, $2)`, [group, grace.id])
      await writer.query('commit')
    } finally {
      await writer.end()
    }
    await say(server, group, ada, 'Still here?')
    await untilSaid(theirs, 'Still here?')
    expect(theirs.events.map(({ data }) => data.type)).not.toContain('conversation-gone')
  })

  it('everybody hears that a conversation was deleted', async () => {
    const [hers, theirs] = [await listening(ada), await listening(grace)]
    await owner().query('begin')
    for (const person of [ada, grace]) await tell('conversation-gone', group, { person })
    await owner().query('delete from conversations where conversation_id = $1', [group])
    await owner().query('commit')
    for (const connection of [hers, theirs]) {
      const { data } = await connection.next(({ type }) => type === 'conversation-gone')
      expect(data).toMatchObject({ conversationId: group })
    }
  })
})

describe('the order of commits', () => {
  it('an event whose transaction commits late is not lost to those who have heard of later ones', async () => {
    const connection = await listening(ada)
    const writer = await database.anotherOwner()
    try {
      await writer.query('begin')
      await seedTeamMessage(writer, { conversationId: group, senderId: grace.id }, { content: 'Early, but late' })
      const elsewhere = await groupOf(server, ada, alan)
      await add(elsewhere, ada)
      await say(server, elsewhere, alan, 'Late, but early')
      await writer.query('commit')
    } finally {
      await writer.end()
    }
    await untilSaid(connection, 'Late, but early')
    expect(contentsOf(connection.events)).toEqual(['Early, but late', 'Late, but early'])
  })

  it('an event that was rolled back was none', async () => {
    const connection = await listening(ada)
    await owner().query('begin')
    await say(server, group, grace, 'Never mind')
    await owner().query('rollback')
    await say(server, group, grace, 'This')
    await untilSaid(connection, 'This')
    expect(contentsOf(connection.events)).toEqual(['This'])
  })

  it('writers at the same time lose nothing and repeat nothing', async () => {
    const readers = [await listening(ada), await listening(grace, undefined, other)]
    const expected = await writeAtOnce(4, 40)
    for (const reader of readers) {
      await untilAllSaid(reader, expected)
      expect(contentsOf(reader.events).toSorted()).toEqual(expected.toSorted())
    }
  })
})

/** Several connections, each posting in short transactions, some of which take their time; returns what was said. */
const writeAtOnce = async (writers: number, messages: number, onSaid: () => Promise<void> = async () => {}) => {
  const groups = [group, await groupOf(server, ada, grace), await groupOf(server, ada, grace)]
  for (const id of groups) for (const person of [ada, grace]) await add(id, person)
  const said: string[] = []
  await Promise.all(
    Array.from({ length: writers }, async (_writer, writer) => {
      const client = await database.anotherOwner()
      try {
        for (let message = 0; message < messages; message++) {
          const content = `${writer}-${message}-${randomUUID()}`
          await client.query('begin')
          if (message % 3 === 0)
            await client.query('select pg_current_xact_id(), pg_sleep($1)', [randomInt(20) / 1_000])
          await seedTeamMessage(
            client,
            { conversationId: groups[(writer + message) % groups.length]!, senderId: grace.id },
            { content },
          )
          if (message % 7 === 6) {
            await client.query('rollback')
            continue
          }
          await client.query('commit')
          said.push(content)
          await onSaid()
        }
      } finally {
        await client.end()
      }
    }),
  )
  return said
}

const untilAllSaid = async (connection: Connection, expected: readonly string[]) => {
  const missing = new Set(expected)
  for (const content of contentsOf(connection.events)) missing.delete(content)
  while (missing.size > 0) {
    const { data } = await connection.next(isPosted)
    if (data.type === 'message-posted') missing.delete(data.message.content!)
  }
}

describe('a reader that was away', () => {
  it('gets what it missed, and then what comes', async () => {
    const connection = await listening(ada)
    await say(server, group, grace, 'One')
    await untilSaid(connection, 'One')
    connection.close()
    await say(server, group, grace, 'Two')
    await tell('read-moved', group, { person: ada })
    await tell('read-moved', group, { person: grace })
    const again = await listening(ada, connection.lastEventId)
    await say(server, group, grace, 'Three')
    await untilSaid(again, 'Three')
    expect(again.events.map(({ data }) => data.type)).toEqual([
      'connected',
      'message-posted',
      'read-moved',
      'message-posted',
    ])
    expect(again.events[0]!.id).toBe(connection.lastEventId)
  })

  it('may give its position in the query, where headers can not be set', async () => {
    const connection = await listening(ada)
    connection.close()
    await say(server, group, grace, 'Missed')
    const query = new URLSearchParams({ lastEventId: connection.lastEventId! })
    const response = await fetch(`${server.url}/api/app/events?${query.toString()}`, {
      headers: { authorization: `Bearer ${ada.token}` },
    })
    let text = ''
    for await (const chunk of response.body!) {
      text += Buffer.from(chunk).toString()
      if (text.includes('message-posted')) break
    }
    expect(text).toContain('"content":"Missed"')
  })

  it('is told nothing of a message that was deleted meanwhile but that it is gone', async () => {
    const connection = await listening(ada)
    connection.close()
    const message = await say(server, group, grace, 'Secret')
    await owner().query(`update messages set deleted_at = now(), content = '' where message_id = $1`, [message])
    await say(server, group, grace, 'Last')
    const again = await listening(ada, connection.lastEventId)
    await untilSaid(again, 'Last')
    expect(again.events.map(({ data }) => data.type)).toEqual(['connected', 'message-deleted', 'message-posted'])
  })

  it('loses nothing and repeats nothing, wherever the line is cut while others write, on either server', async () => {
    const start = await listening(ada)
    start.close()
    const proxies = await Promise.all(
      [server, other].map(({ url }) =>
        openWireProxy({ host: '127.0.0.1', port: Number(new URL(url).port) }, () => randomInt(400, 12_000)),
      ),
    )
    const events: ToldEvent[] = []
    let lastEventId = start.lastEventId
    let isWriting = true
    let cuts = 0
    const reading = (async () => {
      for (;;) {
        const proxy = proxies[cuts % 2]!
        const connection = await listen({ url: `http://${proxy.host}:${proxy.port}` }, ada, lastEventId).catch(
          () => undefined,
        )
        const wasWriting = isWriting
        await connection?.over
        cuts++
        const told = (connection?.events ?? []).filter(({ data }) => data.type !== 'connected')
        events.push(...told)
        lastEventId = connection?.lastEventId ?? lastEventId
        if (!wasWriting && told.length === 0) return
      }
    })()
    const expected = await writeAtOnce(4, 60)
    isWriting = false
    // The line is cut until nothing is left to be told; what is silent is ended here.
    const ending = setInterval(() => proxies.forEach((proxy) => proxy.cut()), 700)
    await reading.finally(() => clearInterval(ending))
    await Promise.all(proxies.map((proxy) => proxy.close()))
    expect(cuts).toBeGreaterThan(5)
    expect(events.map(({ data }) => data.type)).not.toContain('reset')
    const said = contentsOf(events)
    expect(new Set(said).size).toBe(said.length)
    expect(said.toSorted()).toEqual(expected.toSorted())
    const ids = events.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('is a browser: EventSource comes back by itself and goes on', async () => {
    const proxy = await openWireProxy({ host: '127.0.0.1', port: Number(new URL(server.url).port) })
    const told: PersonEvent[] = []
    let wake = () => {}
    const source = new EventSource(`http://${proxy.host}:${proxy.port}/api/app/events`, {
      fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, cookie: ada.cookie } }),
    })
    source.addEventListener('message', ({ data }) => {
      told.push(personEvent.parse(JSON.parse(data)))
      wake()
    })
    const until = async (isSo: () => boolean) => {
      while (!isSo()) await new Promise<void>((resolve) => (wake = resolve))
    }
    const said = () => told.flatMap((event) => (event.type === 'message-posted' ? event.message.content : []))
    try {
      await until(() => told.some(({ type }) => type === 'connected'))
      await say(server, group, grace, 'One')
      await until(() => said().length === 1)
      proxy.cut()
      await say(server, group, grace, 'Two')
      await until(() => said().length === 2)
      await say(server, group, grace, 'Three')
      await until(() => said().length === 3)
      expect(said()).toEqual(['One', 'Two', 'Three'])
      expect(told.map(({ type }) => type)).not.toContain('reset')
    } finally {
      source.close()
      await proxy.close()
    }
  })
})

describe('a reader that nobody can tell what it missed', () => {
  const isReset = ({ type }: PersonEvent) => type === 'reset'
  /** Is told to read everything again, and then hears what comes. */
  const startsAfresh = async (person: TestPerson, lastEventId: string) => {
    const connection = await listening(person, lastEventId)
    await connection.next(isReset)
    expect(connection.events.map(({ data }) => data.type)).toEqual(['connected', 'reset'])
    await say(server, group, grace, 'After the reset')
    await untilSaid(connection, 'After the reset')
  }

  it('is reset when its position is made up, of the future, or none', async () => {
    const here = (await listening(ada)).lastEventId!
    const [transaction] = here.split('.')
    for (const position of [
      'x',
      '1',
      '0.0',
      '3.end',
      `${Number(transaction) + 1_000_000}.1`,
      '999999999999999.999999999999999',
      `${here}.1`,
      `-${here}`,
      `${here}' or 1=1 --`,
    ]) {
      await startsAfresh(ada, position)
    }
  })

  it('is reset when it has missed more than 1,000 events, and not when it has missed 1,000', async () => {
    const connection = await listening(ada)
    connection.close()
    const write = (count: number) =>
      owner().query(`select note_team_event($1, 'tasks-changed') from generate_series(1, $2::int)`, [group, count])
    await write(1_000)
    await settled()
    const again = await listening(ada, connection.lastEventId)
    await say(server, group, grace, 'Last')
    await untilSaid(again, 'Last')
    expect(again.events).toHaveLength(1_002)
    await startsAfresh(ada, connection.lastEventId!)
  })

  it('is reset when what it missed was swept, and goes on from what is left', async () => {
    const connection = await listening(ada)
    const old = connection.lastEventId!
    await say(server, group, grace, 'Old')
    const { id: kept } = await untilSaid(connection, 'Old')
    await say(server, group, grace, 'New')
    await untilSaid(connection, 'New')
    connection.close()
    const [transaction, event] = kept!.split('.')
    await owner().query('delete from team_events where (transaction, event_id) < ($1::xid8, $2::bigint)', [
      transaction,
      event,
    ])
    const again = await listening(ada, kept)
    await untilSaid(again, 'New')
    await startsAfresh(ada, old)
  })
})

describe('two servers on one database', () => {
  it('tell the same, and a reader may go from one to the other at any time', async () => {
    let lastEventId: string | undefined
    const said: string[] = []
    for (let turn = 0; turn < 12; turn++) {
      const connection = await listening(ada, lastEventId, turn % 2 === 0 ? server : other)
      await say(server, group, grace, `Turn ${turn}`)
      await untilSaid(connection, `Turn ${turn}`)
      connection.close()
      said.push(...contentsOf(connection.events))
      lastEventId = connection.lastEventId
      await say(server, group, grace, `Between ${turn}`)
    }
    expect(said).toEqual(
      Array.from({ length: 12 }, (_turn, turn) =>
        (turn === 0 ? [] : [`Between ${turn - 1}`]).concat(`Turn ${turn}`),
      ).flat(),
    )
  })

  it('lose nothing when the connection for notices breaks and is made again', async () => {
    const readers = [await listening(ada), await listening(ada, undefined, other)]
    expect(await breakNotices(server)).toBe(2)
    await say(server, group, grace, 'Nobody was told of this')
    for (const reader of readers) await untilSaid(reader, 'Nobody was told of this')
    await say(server, group, grace, 'Of this they were')
    for (const reader of readers) {
      await untilSaid(reader, 'Of this they were')
      expect(contentsOf(reader.events)).toEqual(['Nobody was told of this', 'Of this they were'])
    }
  })
})

describe('somebody who writes', () => {
  const typing = (person: TestPerson, id = group) => person.request('POST', `/api/team/conversations/${id}/typing`)
  const isTyping = ({ type }: PersonEvent) => type === 'typing'

  it('is told of to the others in the conversation, on every server, and not to themselves', async () => {
    await owner().query('update users set name = $2 where user_id = $1', [ada.id, 'Ada\r\n\u2028'])
    const [hers, theirs, there] = [
      await listening(ada),
      await listening(grace),
      await listening(grace, undefined, other),
    ]
    const stranger = await listening(alan)
    expect((await typing(ada)).status).toBe(204)
    for (const connection of [theirs, there]) {
      expect(await connection.next(isTyping)).toEqual({
        id: undefined,
        data: {
          type: 'typing',
          conversationId: group,
          person: { id: ada.id, name: 'Ada\r\n\u2028' },
          timestamp: expect.any(String),
        },
      })
    }
    await say(server, group, grace, 'Yes?')
    await untilSaid(hers, 'Yes?')
    expect([...hers.events, ...stranger.events].filter(({ data }) => isTyping(data))).toEqual([])
  })

  it('is told of once in three seconds, and that is not repeated to those who were away', async () => {
    const theirs = await listening(grace)
    for (let times = 0; times < 20; times++) expect((await typing(ada)).status).toBe(204)
    await theirs.next(isTyping)
    server.clock.moveBy(3_000)
    expect((await typing(ada)).status).toBe(204)
    await theirs.next(isTyping)
    await say(server, group, ada, 'Sent')
    await untilSaid(theirs, 'Sent')
    expect(theirs.events.map(({ data }) => data.type)).toEqual(['connected', 'typing', 'typing', 'message-posted'])
    const again = await listening(grace, theirs.events[0]!.id)
    await untilSaid(again, 'Sent')
    expect(again.events.map(({ data }) => data.type)).toEqual(['connected', 'message-posted'])
  })

  it('is in the conversation: 403 for strangers and former members, 404 where there is none', async () => {
    expect((await typing(alan)).status).toBe(403)
    await remove(group, grace)
    expect((await typing(grace)).status).toBe(403)
    expect((await typing(ada, randomUUID())).status).toBe(404)
    expect((await typing(ada, 'nonsense')).status).toBe(400)
  })
})

describe('direct conversations', () => {
  it('are told like groups', async () => {
    const connection = await listening(ada)
    const direct = await seedTeam(owner(), [{ userId: ada.id }, { userId: grace.id }], { direct: true })
    await tell('conversation-changed', direct, { person: ada })
    await say(server, direct, grace, 'Psst')
    await untilSaid(connection, 'Psst')
    expect(connection.events.map(({ data }) => data.type)).toEqual([
      'connected',
      'conversation-changed',
      'message-posted',
    ])
  })
})

describe('what people do', () => {
  const TEAM = '/api/team/conversations'
  /** Does it; fails when that does not succeed. */
  const act = async (person: TestPerson, method: string, path: string, body?: object) => {
    const answer = await person.request(method, path, body)
    expect(answer.status).toBeLessThan(300)
    return answer.body
  }
  const typesOf = ({ events }: Connection) =>
    events.filter(({ data }) => data.type !== 'connected').map(({ data }) => data.type)

  it('in their roster is told to whom it concerns: who is added hears on, who is removed hears no more', async () => {
    const [hers, theirs, his] = [await listening(ada), await listening(grace), await listening(alan)]
    const { id } = await act(ada, 'POST', TEAM, { type: 'group', title: 'Engines', personIds: [grace.id] })
    // Heard before the next thing happens: what is gone by the time it would be told is not told.
    const tellAll = async (content: string, ...listeners: Connection[]) => {
      await act(ada, 'POST', `${TEAM}/${id}/messages`, { content })
      await Promise.all(listeners.map((connection) => untilSaid(connection, content)))
    }
    await tellAll('For two', hers, theirs)
    await act(ada, 'POST', `${TEAM}/${id}/members`, { personIds: [alan.id] })
    await tellAll('For three', hers, theirs, his)
    await act(ada, 'DELETE', `${TEAM}/${id}/members/${alan.id}`)
    await tellAll('For two again', hers, theirs)
    await act(ada, 'DELETE', `${TEAM}/${id}`)
    const isGone = (event: PersonEvent) => event.type === 'conversation-gone' && event.conversationId === id
    for (const connection of [hers, theirs, his]) await connection.next(isGone)
    await settled()
    const ours = (connection: Connection) =>
      contentsOf(connection.events).filter((content) => content.startsWith('For '))
    expect([hers, theirs, his].map(ours)).toEqual([
      ['For two', 'For three', 'For two again'],
      ['For two', 'For three', 'For two again'],
      ['For three'],
    ])
    for (const connection of [hers, theirs, his]) expect(typesOf(connection).at(-1)).toBe('conversation-gone')
  })

  it('for themselves is told to themselves: their stars and read marks, in every tab', async () => {
    const { id } = await act(grace, 'POST', `${TEAM}/${group}/messages`, { content: 'Star me' })
    const tabs = [await listening(ada), await listening(ada, undefined, other)]
    const theirs = await listening(grace)
    await act(ada, 'PUT', `/api/team/messages/${id}/star`)
    await act(ada, 'PUT', `${TEAM}/${group}/read`, {})
    await act(grace, 'POST', `${TEAM}/${group}/messages`, { content: 'Last' })
    await Promise.all([...tabs, theirs].map((connection) => untilSaid(connection, 'Last')))
    for (const tab of tabs) expect(typesOf(tab).slice(0, 2)).toEqual(['star-changed', 'read-moved'])
    expect(typesOf(theirs).filter((type) => type === 'star-changed')).toEqual([])
  })
})

describe('many events at once', () => {
  it('are no reason to cut off a reader that takes them', async () => {
    const connection = await listening(ada)
    const content = 'x'.repeat(2_000)
    await owner().query('begin')
    for (let message = 0; message < 400; message++) await say(server, group, grace, content)
    await owner().query('commit')
    await say(server, group, grace, 'Last')
    await untilSaid(connection, 'Last')
    expect(contentsOf(connection.events)).toEqual([...Array<string>(400).fill(content), 'Last'])
  })
})

describe('the log of the servers', () => {
  it('knows of no trouble with reading the log', () => {
    const problems = [...server.problems, ...other.problems]
    expect(problems.filter(({ what }) => String(what).startsWith('live.'))).toEqual([])
  })
})
