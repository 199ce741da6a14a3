/** What people ask for all the time, with few and with many conversations. */
import * as app from '#contract/app/index.ts'
import * as conversations from '#contract/conversations/index.ts'
import type { HttpRequest } from './http-load.ts'
import { atLeast, type Table } from './report.ts'
import type { Seeded, SeededPerson } from './seed.ts'
import { type Cell, columnsOf, measureCells, methodOf, type Place, type RequestsPlan, rowsOf } from './side-by-side.ts'

export const measureRequests = async (
  place: Place,
  seeded: Seeded,
  plan: RequestsPlan,
  tell: (line: string) => void,
): Promise<Table> => {
  const cells = cellsOf(seeded)
  return {
    title: 'Requests',
    method:
      `${methodOf(plan, place.pgbench !== undefined)} Appending waits for the disk: with ten connections a little less for ` +
      'each other’s rows than pgbench with its sixteen.',
    columns: columnsOf('conversations'),
    rows: rowsOf(cells, await measureCells(place, cells, plan, tell), plan),
  }
}

const get = (person: SeededPerson, path: string): HttpRequest => ({ method: 'GET', path, token: person.token })

const byRatio = (least: number) => (ratio: number) => (Number.isNaN(ratio) ? undefined : atLeast(ratio, least))

const cellsOf = ({ people, writer, shortHistories, longHistories }: Seeded): Cell[] => {
  const byId = people.map((person): Cell => ({
    name: 'one by id',
    size: person.owns,
    errands: person.conversations.map((id) => [get(person, `/api/conversations/${id}`)]),
    values: person.conversations.map((id) => [id]),
    endpoint: conversations.readConversation,
    items: 1,
    target: byRatio(0.8),
  }))
  const lists = people.flatMap((person): Cell[] => [
    {
      name: 'list of 20, newest first, with total',
      size: person.owns,
      errands: [[get(person, '/api/conversations?page=1&pageSize=20')]],
      values: [[]],
      endpoint: conversations.listConversations,
      items: 20,
      target: byRatio(0.6),
    },
    {
      name: 'list of 20, latest activity first',
      size: person.owns,
      errands: [[get(person, '/api/app/conversations?limit=20')]],
      values: [[]],
      endpoint: app.listConversations,
      items: 20,
      target: byRatio(0.6),
    },
  ])
  const messagesOf = (id: string, query: string) => get(writer, `/api/app/conversations/${id}/messages?${query}`)
  return [
    ...byId,
    ...lists,
    {
      name: 'history: the latest 50 messages',
      size: writer.owns,
      errands: shortHistories.map((id) => [messagesOf(id, 'limit=50')]),
      values: shortHistories.map((id) => [id]),
      endpoint: app.listMessages,
      items: 50,
    },
    {
      name: 'opening a history of 300: its latest 50',
      size: writer.owns,
      errands: longHistories.map(({ id }) => [messagesOf(id, 'limit=50')]),
      values: longHistories.map(({ id }) => [id]),
      endpoint: app.listMessages,
      items: 50,
      target: (_, rate) => atLeast(rate, 1_370, 0),
    },
    {
      name: 'a whole history of 300: three pages of 100',
      size: writer.owns,
      errands: longHistories.map(({ id, pageEnds }) => [
        messagesOf(id, 'limit=100'),
        ...pageEnds.map((end) => messagesOf(id, `limit=100&before=${end}`)),
      ]),
      values: longHistories.map(({ id, pageEnds }) => [id, ...pageEnds]),
      endpoint: app.listMessages,
      items: 100,
      target: (_, rate) => atLeast(rate, 1_370, 0),
    },
    {
      name: 'append: a message and its queued reply',
      size: writer.owns,
      errands: writer.conversations.map((id) => [
        {
          method: 'POST',
          path: `/api/app/conversations/${id}/messages`,
          token: writer.token,
          body: { content: 'And what about the next one? '.repeat(5), model: 'operator:hang' },
        },
      ]),
      values: writer.conversations.map((id) => [id]),
      endpoint: app.postMessage,
      items: 1,
      leavesQueue: { writerId: writer.id },
    },
  ]
}
