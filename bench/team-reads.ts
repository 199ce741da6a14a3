/** Messages and files of a group, with few and with a million messages in it. */
import * as contract from '#contract/messages/index.ts'
import type { HttpRequest } from './http-load.ts'
import type { Parlance } from './parlance.ts'
import type { Table } from './report.ts'
import { type Cell, columnsOf, measureCells, methodOf, type Place, type RequestsPlan, rowsOf } from './side-by-side.ts'
import { type GroupSize, type SeededGroup, seedTeam } from './team-seed.ts'

export interface TeamPlan {
  readonly sizes: readonly GroupSize[]
  readonly requests: RequestsPlan
}

/** Items of a page, and the last page that may be asked for by number. */
const LIMIT = 50
const LATE_PAGE = 200

/** Fills the database of a running server; what is to be measured there. */
export const prepareTeamReads = async (
  parlance: Parlance,
  { sizes }: TeamPlan,
  tell: (line: string) => void,
): Promise<Cell[]> => {
  tell(`filling the database: groups of ${sizes.map(({ messages }) => messages).join(', ')} messages`)
  const { token, groups } = await seedTeam(parlance.dataDir, sizes)
  const found: Cell[] = []
  for (const group of groups) found.push(...(await cellsOf(parlance, token, group)))
  // What has the same name stands together, the smaller group first.
  return [...new Set(found.map(({ name }) => name))].flatMap((name) => found.filter((cell) => cell.name === name))
}

/** @param cells as they were prepared in the folder of this place, in which no server runs now */
export const measureTeamReads = async (
  place: Place,
  cells: readonly Cell[],
  { sizes, requests }: TeamPlan,
  tell: (line: string) => void,
): Promise<Table> => {
  return {
    title: 'Messages and files of a group',
    method:
      `${methodOf(requests, place.pgbench !== undefined)} The reader is in a hundred other groups; of ` +
      `${sizes.map(({ messages, files }) => `${messages.toLocaleString('en-US')} messages ${files.toLocaleString('en-US')}`).join(', of ')} ` +
      'have a file. A filter that leaves much is read to a page and counted to 10,000; one that leaves little reads the index ' +
      'of its kind from end to end.',
    columns: columnsOf('messages'),
    rows: rowsOf(cells, await measureCells(place, cells, requests, tell), requests),
  }
}

const cellsOf = async (parlance: Parlance, token: string, group: SeededGroup): Promise<Cell[]> => {
  const get = (path: string): HttpRequest => ({ method: 'GET', path: `/api/conversations/${group.id}/${path}`, token })
  const cell = (name: string, path: string, items = LIMIT): Cell => ({
    name,
    size: group.messages,
    errands: [[get(path)]],
    values: [[]],
    endpoint: path.startsWith('files') ? contract.listFiles : contract.listMessages,
    items,
  })
  const countOf = async (query: string): Promise<number> => {
    const { path } = get(`files?${query}`)
    const response = await fetch(parlance.url + path, { headers: { authorization: `Bearer ${token}` } })
    return ((await response.json()) as { data: unknown[] }).data.length
  }
  const rare = 'kind=docs&q=budget%2010'
  const ofPerson = `kind=docs&sender=${group.senderId}`
  const latePage = Math.min(LATE_PAGE, Math.floor(group.files / 3 / LIMIT))
  const filtered = (name: string, query: string, items?: number): Cell => ({
    ...cell(`files: ${name}`, `files?${query}`, items),
    grows: true,
  })
  return [
    cell('messages: the latest 50', 'messages?limit=50'),
    {
      ...cell('messages: 50 before any', 'messages'),
      errands: group.cursors.map((id) => [get(`messages?limit=50&before=${id}`)]),
      values: group.cursors.map((id) => [id]),
    },
    cell('messages: the latest 20 of a work type', `messages?limit=20&workTypeId=${group.workTypeId}`, 20),
    cell('files: the newest 50 pictures', 'files?kind=media'),
    cell('files: the newest 50 of all', 'files'),
    cell('files: 50 documents by name', 'files?kind=docs&sort=name'),
    cell('files: the 50 largest documents', 'files?kind=docs&sort=largest'),
    filtered('a late page of documents', `kind=docs&page=${latePage}`),
    filtered('documents of one type', 'kind=docs&type=excel'),
    filtered('documents of one person', ofPerson, await countOf(ofPerson)),
    filtered('a search that finds many', 'kind=docs&q=report'),
    filtered('a search that finds few', rare, await countOf(rare)),
  ]
}
