/**
 * Rounds of batches in which the server dies by `kill -9`, again and again. Afterwards every conversation is there once, with the
 * answer that the model gave for it; nothing that was answered was asked for again; and the provider was asked for no more
 * than the cap pays. It knows the HTTP contracts and where bytes lie.
 */
import assert from 'node:assert/strict'
import type { GenerationCall, GenerationRun } from '#contract/training/index.ts'
import { diskBlobStore } from '#server/adapters/blobs/disk.ts'
import { startScriptedProvider } from '#test/support/scripted-provider/scripted-provider.ts'
import { trainingAnswer } from '#test/support/scripted-provider/training-answers.ts'
import { lookInto, newDataDir, removeDataDir, signUp, startServerProcess } from './server-process.ts'

/** Conversations of one batch, and how often the server dies in it. */
const CALLS = 12
const DEATHS = 3
/** What each answer costs, and at most, in dollars: one attempt for each conversation and half of them once more. */
const COST = 0.008
const MOST = 0.01
const CAP = CALLS * 1.5 * MOST
/** How long it may take until the model is asked, in milliseconds; the batch may be over. */
const BUSY_BY = 3_000
/** How long a batch may take after the last death, in milliseconds. */
const PATIENCE = 60_000

export interface GenerationCampaign {
  /** Lets a batch be generated while the server dies, and checks it; returns how many calls were asked for more than once. */
  round(): Promise<number>
  close(): Promise<void>
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

export const startGenerationCampaign = async (): Promise<GenerationCampaign> => {
  const provider = await startScriptedProvider()
  const dataDir = await newDataDir()
  const env = { LLM_BASE_URL: provider.url, LLM_MODEL: 'scripted' }
  let server = await startServerProcess({ dataDir, env })
  let person = await signUp(server.url)
  const blobs = diskBlobStore(`${dataDir}/blobs`)
  let requests = 0
  let inFlight = 0
  provider.script(async () => {
    // Each answer can be told from all others.
    const about = `answer ${++requests}`
    inFlight++
    await pause(50 + Math.random() * 150)
    inFlight--
    return {
      steps: [JSON.stringify(trainingAnswer(4, about))],
      usage: { prompt_tokens: 1_000, completion_tokens: 800 },
    }
  })

  const ask = async (method: string, place: string, body?: unknown) => {
    const answer = await person.request(method, `/api/training${place}`, body)
    assert.ok(answer.status < 300, `${method} ${place}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const cell = async () => ({
    persona_id: (await ask('GET', '/scaffolding/personas')).personas[0].id,
    arc_id: (await ask('GET', '/scaffolding/emotional-arcs')).emotional_arcs[0].id,
    topic_id: (await ask('GET', '/scaffolding/training-topics')).training_topics[0].id,
  })
  const callsOf = async (id: string): Promise<GenerationCall[]> =>
    (await ask('GET', `/generations/${id}/calls?limit=100`)).calls

  /** Goes on with a run that its cap has stopped: only what was lost can have brought it there. */
  const ended = async (id: string): Promise<GenerationRun> => {
    for (const deadline = Date.now() + PATIENCE; ;) {
      const run: GenerationRun = await ask('GET', `/generations/${id}`)
      if (run.status === 'completed' || run.status === 'failed' || run.status === 'paused') return run
      assert.ok(Date.now() < deadline, `it does not end: ${JSON.stringify(run)}`)
      await pause(50)
    }
  }

  return {
    async round() {
      const before = requests
      const { id } = await ask('POST', '/generations', {
        cells: [{ ...(await cell()), count: CALLS }],
        tier: 'template',
        model: 'operator:scripted',
        max_tokens: 1_000,
        prices: { prompt: 0, completion: 10 },
        cost_cap: CAP,
        concurrency: 4,
      })
      const answered = new Map<string, number>()
      for (let death = 0; death < DEATHS; death++) {
        // Not before something is on its way, however slow the machine is.
        const isIdle = () => inFlight === 0
        for (const deadline = Date.now() + BUSY_BY; isIdle() && Date.now() < deadline;) await pause(5)
        await pause(Math.random() * 200)
        for (const [call, attempts] of await lookInto(dataDir, answeredCalls(id))) answered.set(call, attempts)
        await (death % 2 === 0 ? server.kill() : server.killAll())
        server = await startServerProcess({ dataDir, env })
        person = person.at(server.url)
      }
      const run = await ended(id)
      const calls = await callsOf(id)

      for (const call of calls) {
        const known = answered.get(call.id)
        if (known !== undefined) assert.equal(call.attempts, known, 'what was answered was asked for again')
      }
      const asked = requests - before
      assert.ok(asked <= calls.reduce((sum, { attempts }) => sum + attempts, 0), `${asked} requests are not counted`)
      assert.ok(asked * COST <= CAP, `${asked} requests cost more than the cap`)
      assert.ok(run.spent! + run.uncertain! <= CAP, JSON.stringify(run))
      assert.equal(run.reserved, 0)

      const done = calls.filter(({ status }) => status === 'completed')
      assert.equal(done.length, run.progress.successful)
      assert.equal(run.progress.failed, calls.filter(({ status }) => status === 'failed').length)
      // Either all of them are there, or some were lost with a server too often, or the cap allows no more.
      if (run.status === 'completed') assert.equal(run.progress.completed, CALLS)
      else assert.match(run.reason!, /cap/)
      await checkConversations(done)
      if (run.status === 'paused') await ask('POST', `/generations/${id}/cancel`, {})
      return calls.filter(({ attempts }) => attempts > 1).length
    },
    async close() {
      await server.killAll().catch(() => {})
      removeDataDir(dataDir)
      await provider.close()
    },
  }

  /** Each has its one revision, its messages once, and both files, which say the same. */
  async function checkConversations(done: readonly GenerationCall[]): Promise<void> {
    const answers = new Set<string>()
    for (const { conversation_id: id } of done) {
      const { conversation } = await ask('GET', `/conversations/${id}`)
      assert.equal(conversation.revision, 1)
      const [raw, final] = await Promise.all([blob(conversation.raw_response_path), finalFile(id!)])
      const said = JSON.parse(raw).turns.map(({ content }: { content: string }) => content)
      const { turns } = await ask('GET', `/conversations/${id}/turns`)
      assert.deepEqual(
        turns.map(({ content }: { content: string }) => content),
        said,
      )
      assert.equal(JSON.parse(final).training_pairs.length, said.length)
      const messages = await lookInto(dataDir, (client) =>
        client.query('select content from messages where conversation_id = $1 order by created_at', [id]),
      )
      assert.deepEqual(
        messages.rows.map(({ content }) => content),
        said,
      )
      assert.ok(!answers.has(said[0]), `two conversations have one answer: ${said[0]}`)
      answers.add(said[0])
    }
  }

  async function blob(place: string): Promise<string> {
    const stream = await blobs.open(`conversation-files/${place}`)
    assert.ok(stream, `${place} is not there`)
    return Buffer.concat(await stream.toArray()).toString()
  }

  /** Written a moment after its content where a server died between them. */
  async function finalFile(id: string): Promise<string> {
    for (const deadline = Date.now() + PATIENCE; ; await pause(100)) {
      const { conversation } = await ask('GET', `/conversations/${id}`)
      if (conversation.file_path !== null) return blob(conversation.file_path)
      assert.ok(Date.now() < deadline, `${id} has no final file`)
    }
  }
}

type Look = Parameters<typeof lookInto<[string, number][]>>[1]

/** How often those calls were asked for that the model has answered by now. */
const answeredCalls =
  (runId: string): Look =>
  async (client) => {
    const { rows } = await client.query(
      `select call_id, attempts from generation_calls where run_id = $1 and status in ('raw_stored', 'completed')`,
      [runId],
    )
    return rows.map((row) => [row.call_id, row.attempts])
  }
