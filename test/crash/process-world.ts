/** A server as a process of its own, with a scripted model and a person; it can be ended and started again on its data. */
import { expect } from 'vitest'
import * as contract from '#contract/app/index.ts'
import { MODEL } from '#test/acceptance/replies/world.ts'
import { type ScriptedProvider, startScriptedProvider } from '#test/support/scripted-provider/scripted-provider.ts'
import {
  type Client,
  newDataDir,
  removeDataDir,
  type ServerProcess,
  signUp,
  startServerProcess,
} from './server-process.ts'

export interface ProcessWorld {
  readonly provider: ScriptedProvider
  readonly dataDir: string
  /** The server that was started last. */
  readonly server: ServerProcess
  /** The person, at that server. */
  readonly person: Client
  /** Starts another server on the same data, after the one before has ended. */
  restart(): Promise<void>
  /** Begins a conversation with a question to the scripted model. */
  ask(content?: string): Promise<ReturnType<NonNullable<typeof contract.createConversation.reply.body>['parse']>>
  /** All messages of a conversation, oldest first. */
  messagesOf(id: string): Promise<contract.Message[]>
  /** Ends whatever is left of it and removes the data. */
  close(): Promise<void>
}

/** `env`: of the server, besides what names the model. */
export const startProcessWorld = async (env: Readonly<Record<string, string>> = {}): Promise<ProcessWorld> => {
  const provider = await startScriptedProvider()
  const dataDir = await newDataDir()
  const start = () =>
    startServerProcess({ dataDir, env: { LLM_BASE_URL: provider.url, LLM_MODEL: 'scripted', ...env } })
  let server = await start()
  let person = await signUp(server.url)
  return {
    provider,
    dataDir,
    get server() {
      return server
    },
    get person() {
      return person
    },
    async restart() {
      server = await start()
      person = person.at(server.url)
    },
    async ask(content = 'Question') {
      const { status, body } = await person.request('POST', '/api/app/conversations', { content, model: MODEL })
      expect(status).toBe(201)
      return contract.createConversation.reply.body!.parse(body)
    },
    async messagesOf(id) {
      const { body } = await person.request('GET', `/api/app/conversations/${id}/messages`)
      return contract.listMessages.reply.body!.parse(body).data.toReversed()
    },
    async close() {
      await server.killAll()
      removeDataDir(dataDir)
      await provider.close()
    },
  }
}
