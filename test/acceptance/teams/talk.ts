/** A group with people in it, and what they say: what the tests of team messages begin with. */
import { expect } from 'vitest'
import * as contract from '#contract/messages/index.ts'
import type { Task, TeamMessage, WorkType } from '#contract/messages/index.ts'
import { seedFile } from '#test/support/team-seeds.ts'
import { type Answer, send, type TestPerson, type TestServer, type TestServerOptions } from '#test/support/server.ts'
import { success } from '../surfaces/holding.ts'
import { at, openTeamWorld, type TeamWorld } from './world.ts'

export interface Talk {
  readonly world: TeamWorld
  readonly server: TestServer
  /** Owner of every group. */
  readonly ada: TestPerson
  /** Admin of every group. */
  readonly ben: TestPerson
  /** Member of every group. */
  readonly cleo: TestPerson
  /** Was a member of every group. */
  readonly dora: TestPerson
  /** Never in any of them. */
  readonly stranger: TestPerson
  /** A new group of these; returns its id. */
  newGroup(): Promise<string>
  close(): Promise<void>
}

export const openTalk = async (options: TestServerOptions = {}): Promise<Talk> => {
  const world = await openTeamWorld(options)
  const names = ['Ada', 'Ben', 'Cleo', 'Dora', 'Stranger'] as const
  const [ada, ben, cleo, dora, stranger] = (await Promise.all(names.map((name) => world.newPerson(name)))) as [
    TestPerson,
    TestPerson,
    TestPerson,
    TestPerson,
    TestPerson,
  ]
  return {
    world,
    server: world.server,
    ada,
    ben,
    cleo,
    dora,
    stranger,
    async newGroup() {
      const id = await world.newGroup([ada, ben, cleo, dora], { admins: [ben] })
      success(contract.removeMember, await ada.request('DELETE', at(id, `/members/${dora.id}`)))
      // What the group says of that is the business of other suites.
      await world.server.database.owner.query('delete from messages where conversation_id = $1', [id])
      await world.server.database.owner.query(
        'update conversations set message_count = 0, last_message_at = null, preview = null where conversation_id = $1',
        [id],
      )
      return id
    },
    close: () => world.close(),
  }
}

export interface Draft {
  readonly id?: string
  readonly content?: string
  readonly threadId?: string
  readonly workTypeId?: string
  readonly model?: string
  readonly fileIds?: readonly string[]
  readonly mentions?: readonly string[]
}

export const post = (by: TestPerson, group: string, draft: Draft): Promise<Answer> =>
  by.request('POST', at(group, '/messages'), draft)

/** Says something; fails when that does not succeed. */
export const say = async (by: TestPerson, group: string, said: string | Draft = 'Hello.'): Promise<TeamMessage> =>
  success(contract.postTeamMessage, await post(by, group, typeof said === 'string' ? { content: said } : said))

/** Says so many things, one after the other, and returns their ids. */
export const sayMany = async (by: TestPerson, group: string, count: number, draft: Draft = {}): Promise<string[]> => {
  const ids: string[] = []
  for (let each = 1; each <= count; each++)
    ids.push((await say(by, group, { content: `Message ${each}`, ...draft })).id)
  return ids
}

/** A file of somebody's that was uploaded and not sent; without bytes. */
export const uploaded = (
  { server }: Talk,
  group: string,
  by: TestPerson,
  columns: Parameters<typeof seedFile>[2] = {},
): Promise<string> => seedFile(server.database.owner, { conversationId: group, uploaderId: by.id }, columns)

export const timeline = async (by: TestPerson, group: string, query = '') =>
  success(contract.listTeamMessages, await by.request('GET', at(group, `/messages${query}`)))

/** Seed 1's page. */
export const seedPage = async (by: TestPerson, group: string, query = '') => {
  const answer = await by.request('GET', `/api/conversations/${group}/messages${query}`)
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8'])
  return contract.messagePage.parse(answer.body)
}

export const read = async (by: TestPerson, id: string): Promise<TeamMessage> =>
  success(contract.readTeamMessage, await by.request('GET', `/api/team/messages/${id}`))

export const edit = (by: TestPerson, id: string, content: string, mentions: readonly string[] = []) =>
  by.request('PATCH', `/api/team/messages/${id}`, { content, mentions })

/** Deletes; fails when that does not succeed. */
export const remove = async (by: TestPerson, id: string): Promise<void> =>
  success(contract.deleteTeamMessage, await by.request('DELETE', `/api/team/messages/${id}`))

export const newWorkType = async (by: TestPerson, group: string, name: string): Promise<WorkType> =>
  success(contract.createWorkType, await by.request('POST', at(group, '/work-types'), { name }))

export interface TaskDraft {
  readonly title?: string
  readonly messageId?: string
  readonly assigneeId?: string
  readonly dueOn?: string
}

export const newTask = async (by: TestPerson, group: string, draft: TaskDraft = {}): Promise<Task> =>
  success(contract.createTask, await by.request('POST', at(group, '/tasks'), { title: 'To do', ...draft }))

export const listTasks = async (by: TestPerson, group: string, query = '') =>
  success(contract.listTasks, await by.request('GET', at(group, `/tasks${query}`)))

export const conversation = async (by: TestPerson, group: string) =>
  success(contract.readTeamConversation, await by.request('GET', at(group)))

export const idsOf = (items: readonly { readonly id: string }[]): string[] => items.map(({ id }) => id)

/** What the log for readers got since this was last asked: kinds, each with the person whom it is for if it is for one. */
export const happeningsIn = async ({ server }: Talk, group: string): Promise<string[]> => {
  const { rows } = await server.database.owner.query<{ kind: string; person_id: string | null }>(
    `with gone as (delete from team_events where conversation_id = $1 returning *)
     select kind, person_id from gone order by transaction, event_id`,
    [group],
  )
  return rows.map(({ kind, person_id }) => (person_id === null ? kind : `${kind} for ${person_id}`))
}

export const withoutCredential = ({ server }: Talk, method: string, path: string, body?: unknown) =>
  send(server.url, method, path, body)

/** Whether a statement about the database holds, as the owner of the schema sees it. */
export const counted = async ({ server }: Talk, sql: string, values: readonly unknown[]): Promise<number> =>
  Number((await server.database.owner.query(`select count(*) as n from ${sql}`, [...values])).rows[0].n)
