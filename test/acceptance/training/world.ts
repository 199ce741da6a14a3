/** A server with people who have training conversations, and the words in which the suites of seed 0 speak of them. */
import { expect } from 'vitest'
import { linksOf } from '#test/support/links.ts'
import {
  type Answer,
  startTestServer,
  type TestPerson,
  type TestServer,
  type TestServerOptions,
} from '#test/support/server.ts'
import { type SeededTraining, seedTraining, type TrainingSeed } from '#test/support/training-seeds.ts'

export const TRAINING = '/api/training/conversations'
export const at = (id: string, rest = '') => `${TRAINING}/${id}${rest}`

export interface TrainingWorld {
  readonly server: TestServer
  readonly ada: TestPerson
  readonly stranger: TestPerson
  /** A completed conversation at revision 1. `file` and `raw` are put where the contract says, and named in its row. */
  seedConversation(person: TestPerson, seed?: TrainingSeed & { file?: string; raw?: string }): Promise<SeededTraining>
  /** What lies in the blob store under a path of the bucket; undefined when nothing does. */
  readBlob(path: string): Promise<string | undefined>
  /** Rows, as the database has them. */
  rows(sql: string, values?: unknown[]): Promise<any[]>
  close(): Promise<void>
}

export const openTrainingWorld = async (options: TestServerOptions = {}): Promise<TrainingWorld> => {
  const server = await startTestServer(options)
  const [ada, stranger] = [await server.newPerson(), await server.newPerson()]
  const { owner } = server.database
  const links = linksOf(server)
  const targetOf = (path: string) => ({ bucket: 'conversation-files', path })
  const put = async (path: string, text: string) => {
    const bytes = Buffer.from(text)
    await links.put(targetOf(path), bytes)
    return bytes.length
  }
  return {
    server,
    ada,
    stranger,
    async seedConversation(person, { file, raw, ...seed } = {}) {
      const seeded = await seedTraining(owner, person.id, seed)
      if (file !== undefined) {
        const path = `${person.id}/${seeded.id}/conversation.json`
        await owner.query(
          'update training_conversations set file_path = $2, file_size = $3 where conversation_id = $1',
          [seeded.id, path, await put(path, file)],
        )
      }
      if (raw !== undefined) {
        const path = `raw/${person.id}/${seeded.id}.json`
        await owner.query(
          `update training_conversations set raw_response_path = $2, raw_response_size = $3, raw_stored_at = created_at
           where conversation_id = $1`,
          [seeded.id, path, await put(path, raw)],
        )
      }
      return seeded
    },
    readBlob: (path) => links.read(targetOf(path)),
    rows: async (sql, values = []) => (await owner.query(sql, values)).rows,
    close: () => server.close(),
  }
}

/** Holds a failure to seed 0's shape; returns its body. */
export const trainingFailure = (answer: Answer, status: number, error?: string, message?: string | RegExp) => {
  expect({ status: answer.status, body: answer.body }).toMatchObject({
    status,
    body: { error: error ?? expect.any(String), message: expect.any(String) },
  })
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
  if (message !== undefined) expect(answer.body.message).toMatch(message)
  return answer.body as { error: string; message: string; conversation_id?: string; details?: unknown }
}
