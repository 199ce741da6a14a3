/**
 * Rounds of work that end in `kill -9`: several people write, everything that was acknowledged is witnessed on disk, and
 * after the restart the server is held to its word. It knows the HTTP contracts and, for the invariants, the tables.
 */
import assert from 'node:assert/strict'
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import path from 'node:path'
import { startScriptedProvider } from '#test/support/scripted-provider/scripted-provider.ts'
import {
  type Client,
  lookInto,
  newDataDir,
  removeDataDir,
  type ServerProcess,
  signUp,
  startServerProcess,
} from './server-process.ts'

/** How many people write at once. */
const WRITERS = 4
/** So many writes are acknowledged in a round before the server dies, if that takes no longer than so many milliseconds. */
const LEAST = 8
const BUSY_BY = 20_000

export interface Campaign {
  /** Works for a moment, kills, starts again and checks. `whom`: the server alone, or every process of its database too. */
  round(whom: 'server' | 'all'): Promise<RoundResult>
  close(): Promise<void>
}

export interface RoundResult {
  /** Writes that were acknowledged in this round. */
  readonly acknowledged: number
  /** Replies that were being written when the server was killed. */
  readonly interrupted: number
}

/** What is known of one conversation: what must be there, what must be gone, and what nobody can know. */
interface Witnessed {
  /** Contents of questions that were acknowledged. */
  readonly questions: string[]
  /** A title that was acknowledged, and one whose answer never came. */
  title: string | undefined
  maybeTitle: string | undefined
  deletion: 'none' | 'asked' | 'done'
}

/** A line per acknowledgement, synced before the next request: what stands there was promised. */
const openWitness = (file: string) => {
  const handle = openSync(file, 'a', 0o600)
  let noted = 0
  return {
    noted: () => noted,
    note(line: object) {
      noted++
      writeSync(handle, `${JSON.stringify(line)}\n`)
      fsyncSync(handle)
    },
    close: () => closeSync(handle),
  }
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

export const startCampaign = async (): Promise<Campaign> => {
  const dataDir = await newDataDir()
  const provider = await startScriptedProvider()
  // Quick, slow, endless and broken answers; titles are quick.
  const pace = [1, 5, 20, 1] as const
  let turn = 0
  provider.script(({ body }) => {
    if (body?.stream !== true || body.max_tokens !== undefined) return { steps: ['Title'] }
    const ms = pace[turn++ % pace.length]!
    const isAnswerAtOnce = JSON.stringify(body.messages).includes('at once')
    if (isAnswerAtOnce) return { steps: ['An answer ', 'at once.'] }
    return { load: { deltas: 20, everyMs: ms, text: 'word ' }, ...(turn % 7 === 0 ? { finishReason: 'length' } : {}) }
  })
  const witness = openWitness(path.join(dataDir, 'witness.jsonl'))
  const env = { LLM_BASE_URL: provider.url, LLM_MODEL: 'scripted' }
  let server = await startServerProcess({ dataDir, env })
  const people = await Promise.all(Array.from({ length: WRITERS }, () => signUp(server.url)))
  const witnessed = new Map<string, Witnessed>()
  let rounds = 0

  return {
    async round(whom) {
      rounds++
      const before = witness.noted()
      const work = beginWork(server, people, witnessed, witness, rounds)
      // Not before there is something to lose, however slow the machine is.
      const isEarly = () => witness.noted() < before + LEAST
      for (const deadline = Date.now() + BUSY_BY; isEarly() && Date.now() < deadline;) await pause(5)
      await pause(Math.random() * 700)
      if (whom === 'all') await server.killAll()
      else await server.kill()
      work.stop()
      await work.done
      server = await startServerProcess({ dataDir, env })
      const interrupted = await lookInto(dataDir, checkInvariants)
      await checkWitnessed(dataDir, witnessed)
      for (const person of people) await checkUsable(person.at(server.url), rounds)
      return { acknowledged: witness.noted() - before, interrupted }
    },
    async close() {
      witness.close()
      await server.killAll().catch(() => {})
      removeDataDir(dataDir)
      await provider.close()
    },
  }
}

const beginWork = (
  server: ServerProcess,
  people: readonly Client[],
  witnessed: Map<string, Witnessed>,
  witness: ReturnType<typeof openWitness>,
  round: number,
) => {
  const over = new AbortController()
  let count = 0
  const mine = people.map(() => [] as string[])

  const keep = (id: string, questions: string[], title?: string) =>
    void witnessed.set(id, { questions, title, maybeTitle: undefined, deletion: 'none' })

  /** One write after the other; each is witnessed before the next is asked for. */
  const write = async (index: number, person: Client): Promise<void> => {
    const own = mine[index]!
    const content = `round ${round} writer ${index} number ${++count}`
    const pick = own[Math.floor(Math.random() * own.length)]
    const known = pick === undefined ? undefined : witnessed.get(pick)
    const choice = Math.random()
    if (known === undefined || pick === undefined || choice < 0.25) {
      const { status, body } = await person.request('POST', '/api/app/conversations', {
        content,
        model: 'operator:scripted',
      })
      assert.equal(status, 201)
      keep(body.conversation.id, [content])
      own.push(body.conversation.id)
      return witness.note({ did: 'create', id: body.conversation.id, content })
    }
    if (choice < 0.4) {
      const answer = await person.request('POST', '/api/conversations', {
        content: `${content} at once`,
        model: 'scripted',
      })
      assert.equal(answer.status, 201)
      keep(answer.body.conversation.id, [`${content} at once`])
      own.push(answer.body.conversation.id)
      return witness.note({ did: 'create-at-once', id: answer.body.conversation.id, content })
    }
    if (choice < 0.5) {
      const answer = await person.request('POST', '/api/v1/chat/conversations', { title: content })
      assert.equal(answer.status, 201)
      return witness.note({ did: 'create-empty', content })
    }
    if (choice < 0.75) {
      const answer = await person.request('POST', `/api/app/conversations/${pick}/messages`, {
        content,
        model: 'operator:scripted',
      })
      assert.equal(answer.status, 201)
      known.questions.push(content)
      return witness.note({ did: 'post', id: pick, content })
    }
    if (choice < 0.9) {
      known.maybeTitle = content
      const answer = await person.request('PATCH', `/api/conversations/${pick}`, { title: content })
      assert.equal(answer.status, 200)
      known.title = content
      return witness.note({ did: 'rename', id: pick, content })
    }
    own.splice(own.indexOf(pick), 1)
    known.deletion = 'asked'
    const answer = await person.request('DELETE', `/api/conversations/${pick}`)
    assert.equal(answer.status, 204)
    known.deletion = 'done'
    witness.note({ did: 'delete', id: pick })
  }

  const done = Promise.all(
    people.map(async (person, index) => {
      while (!over.signal.aborted) {
        try {
          await write(index, person.at(server.url))
        } catch (error) {
          // The connection broke with the server: nobody knows what became of this one. Anything else is a fault.
          if (error instanceof assert.AssertionError) throw error
          return
        }
      }
    }),
  )
  return { done, stop: () => over.abort() }
}

/** Rules that hold at any moment between two transactions; returns how many replies were interrupted so far. */
const checkInvariants = async (client: { query(sql: string): Promise<{ rows: any[] }> }): Promise<number> => {
  const none = async (what: string, sql: string) => {
    const { rows } = await client.query(sql)
    assert.deepEqual(rows, [], what)
  }
  await none(
    'a conversation counts its messages',
    `select conversation_id, message_count from conversations c
      where message_count <> (select count(*) from messages m where m.conversation_id = c.conversation_id)`,
  )
  await none(
    'only chat-v1 makes conversations without messages, and those have the title they were given',
    `select conversation_id from conversations where message_count = 0 and title not like 'round %'`,
  )
  await none(
    'question and answer at once are stored together',
    `select conversation_id from messages where content like '% at once' and role = 'user' and not exists (
      select from messages a where a.conversation_id = messages.conversation_id and a.content = 'An answer at once.')`,
  )
  await none(
    'whoever owns conversations knows how many',
    `select t.owner_id, t.total from conversation_totals t
      where total <> (select count(*) from conversations c where c.owner_id = t.owner_id and c.kind = t.kind)`,
  )
  await none(
    'every reply that is being written has a living server',
    `select reply_id from replies left join servers using (server_id)
      where status = 'running' and servers.server_id is null`,
  )
  await none('there is one server', `select count(*)::int from servers having count(*) <> 1`)
  await none(
    'nothing is left in the journal of a reply that has ended',
    `select distinct reply_id from reply_pieces join replies using (reply_id) where status <> 'running'`,
  )
  await none(
    'a conversation knows its running reply, and has one at most',
    `select conversation_id from conversations c where running_reply_id is distinct from (
      select reply_id from replies r where r.conversation_id = c.conversation_id and status = 'running')`,
  )
  await none(
    'every reply answers a question, once, and has a message if it is complete',
    `select reply_id from replies r
      where not exists (select from messages q where q.message_id = r.question_id and q.role = 'user')
        or (status = 'complete' and not exists (select from messages m where m.message_id = r.message_id))`,
  )
  const { rows } = await client.query(`select count(*)::int as count from replies where status = 'interrupted'`)
  return rows[0].count
}

const checkWitnessed = (dataDir: string, witnessed: ReadonlyMap<string, Witnessed>): Promise<void> =>
  lookInto(dataDir, async (client) => {
    const { rows: conversations } = await client.query<{ id: string; title: string | null }>(
      'select conversation_id as id, title from conversations',
    )
    const { rows: messages } = await client.query<{ id: string; content: string }>(
      `select conversation_id as id, content from messages where role = 'user'`,
    )
    const titles = new Map(conversations.map(({ id, title }) => [id, title]))
    const questions = Map.groupBy(messages, ({ id }) => id)
    for (const [id, { deletion, title, maybeTitle, questions: promised }] of witnessed) {
      if (deletion === 'done') assert.equal(titles.has(id), false, `${id} was deleted and is there`)
      if (deletion !== 'none') continue
      assert.equal(titles.has(id), true, `${id} was acknowledged and is lost`)
      const found = questions.get(id)?.map(({ content }) => content) ?? []
      for (const content of promised) {
        const times = found.filter((other) => other === content).length
        assert.equal(times, 1, `"${content}" was acknowledged and is there ${times} times`)
      }
      if (title !== undefined)
        assert.ok([title, maybeTitle].includes(titles.get(id) ?? undefined), `the title of ${id} is lost`)
    }
  })

/** After every crash everybody can go on, in an old conversation and in a new one. */
const checkUsable = async (person: Client, round: number): Promise<void> => {
  const { body } = await person.request('GET', '/api/app/conversations?limit=1')
  const [latest] = body.data
  if (latest !== undefined) {
    const content = `round ${round} goes on`
    const answer = await person.request('POST', `/api/app/conversations/${latest.id}/messages`, {
      content,
      model: 'operator:scripted',
    })
    assert.equal(answer.status, 201)
  }
}
