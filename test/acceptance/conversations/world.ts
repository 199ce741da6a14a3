/** A server whose people have keys of a provider that does what a test says; shared by the suites of seed 4. */
import {
  startScriptedProvider,
  type Script,
  type ScriptedProvider,
} from '#test/support/scripted-provider/scripted-provider.ts'
import { startTestServer, type TestPerson, type TestServer } from '#test/support/server.ts'

export const MODEL = 'google/gemini-flash-1.5'
export const KEY = 'sk-or-v1-canary-of-a-key'

export interface World {
  readonly server: TestServer
  /** What stands where OpenRouter is. */
  readonly openRouter: ScriptedProvider
  /** Somebody with a key of their own. */
  newPersonWithKey(): Promise<TestPerson>
  /** What the database holds of a person. */
  stored(person: TestPerson): Promise<{ conversations: number; messages: number }>
  close(): Promise<void>
}

/** @param operator the operator's own provider, for people without a key */
export const openWorld = async ({ operator }: { operator?: ScriptedProvider } = {}): Promise<World> => {
  const openRouter = await startScriptedProvider()
  const server = await startTestServer({
    env: {
      OPENROUTER_BASE_URL: openRouter.url,
      ...(operator ? { LLM_BASE_URL: operator.url, LLM_MODEL: 'operators/model' } : {}),
    },
  })
  return {
    server,
    openRouter,
    async newPersonWithKey() {
      const person = await server.newPerson()
      await person.request('PUT', '/api/api-key', { apiKey: KEY })
      return person
    },
    async stored({ id }) {
      const { rows } = await server.database.owner.query(
        `select (select count(*)::int from conversations where owner_id = $1) as conversations,
          (select count(*)::int from messages where owner_id = $1) as messages`,
        [id],
      )
      return rows[0]
    },
    async close() {
      await server.close()
      await openRouter.close()
    },
  }
}

/** A healthy answer with this text. */
export const saying = (text: string, rest: Script = {}): Script => ({ steps: [text], ...rest })

/** Stores a conversation by way of seed 4; the model answers `reply` and names it `title`. */
export const talk = async (
  { openRouter }: World,
  person: TestPerson,
  { content = 'A question', reply = 'An answer', title = 'A title' } = {},
): Promise<{ conversation: any; messages: any[] }> => {
  openRouter.script(saying(reply))
  openRouter.script(saying(title))
  const { status, body } = await person.request('POST', '/api/conversations', { content, model: MODEL })
  if (status !== 201) throw new Error(`create answered ${status}: ${JSON.stringify(body)}`)
  return body
}
