/** A server with people who have names, and the words in which suites speak of their groups. */
import { expect } from 'vitest'
import type { z } from 'zod'
import * as contract from '#contract/messages/index.ts'
import {
  type Answer,
  startTestServer,
  type TestPerson,
  type TestServer,
  type TestServerOptions,
} from '#test/support/server.ts'
import { seed1Failure, success } from '../surfaces/holding.ts'

export type TeamConversation = z.output<typeof contract.teamConversation>

export const TEAM = '/api/team/conversations'
export const at = (id: string, rest = '') => `${TEAM}/${id}${rest}`

export interface TeamWorld {
  readonly server: TestServer
  newPerson(name?: string): Promise<TestPerson>
  /** A group of these people; the first one owns it, and those of `admins` are promoted. */
  newGroup(people: readonly TestPerson[], options?: { title?: string; admins?: readonly TestPerson[] }): Promise<string>
  /** Roles by person, of those who are in it now, as the database has them. */
  rolesIn(id: string): Promise<Record<string, string>>
  /** What the conversation says of itself, oldest first. */
  saidIn(id: string): Promise<string[]>
  close(): Promise<void>
}

export const openTeamWorld = async (options: TestServerOptions = {}): Promise<TeamWorld> => {
  const server = await startTestServer(options)
  const rows = async (sql: string, values: unknown[]) => (await server.database.owner.query(sql, values)).rows
  return {
    server,
    async newPerson(name) {
      const person = await server.newPerson()
      if (name !== undefined) await person.request('PATCH', '/api/app/me', { name })
      return person
    },
    async newGroup([owner, ...others], { title = 'Engines', admins = [] } = {}) {
      const body = { type: 'group', title, personIds: others.map(({ id }) => id) }
      const { id } = success(contract.createTeamConversation, await owner!.request('POST', TEAM, body))
      for (const admin of admins) {
        success(contract.changeRole, await owner!.request('PATCH', at(id, `/members/${admin.id}`), { role: 'admin' }))
      }
      return id
    },
    async rolesIn(id) {
      const found = await rows('select user_id, role from members where conversation_id = $1 and left_at is null', [id])
      return Object.fromEntries(found.map(({ user_id, role }) => [user_id, role]))
    },
    async saidIn(id) {
      const found = await rows(
        `select content from messages where conversation_id = $1 and type = 'system' order by created_at, message_id`,
        [id],
      )
      return found.map(({ content }) => content)
    },
    close: () => server.close(),
  }
}

const SLUGS: Readonly<Record<number, string>> = {
  400: 'invalid-input',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
}

/** Holds a failure to its problem details, and to its sentence where one is given. */
export const expectProblem = (answer: Answer, status: number, detail?: string | RegExp): void => {
  const body = seed1Failure(answer, status)
  expect(body.type).toBe(`https://api.example.com/problems/${SLUGS[status]}`)
  if (detail !== undefined) expect(body.detail).toMatch(detail)
}

/** The sentences of the failures that these suites expect. */
export const said = {
  forbidden: "You don't have access to this conversation",
  missing: 'Conversation not found',
  notAllowed: 'Your role in this conversation does not allow that.',
  direct: 'A direct conversation keeps its two people.',
  ownerLeaves: 'Hand the group over to somebody else before you leave it.',
  noMember: 'Member not found',
  noPerson: 'Person not found',
}
