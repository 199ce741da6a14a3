/** Bytes up and down against nginx, which serves and receives the same; and what many uploads at once take of memory. */
import { randomBytes, randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { megabytesOf } from './idle-streams.ts'
import { findNginx, withNginx } from './nginx.ts'
import { type Lend, type Parlance, withParlance } from './parlance.ts'
import { memoryOfTree } from './processes.ts'
import { atMost, formatted, type Row, type Table } from './report.ts'
import { signUp } from './seed.ts'
import { median } from './statistics.ts'
import { runTransfers, type Transfer } from './transfer-load.ts'

export interface TransfersPlan {
  readonly megabytes: number
  /** How many at the same time. */
  readonly clients: readonly number[]
  readonly rounds: number
  /** How many uploads run at the same time while memory is watched. */
  readonly uploads: number
  readonly hasTargets: boolean
}

const MEGABYTE = 1024 * 1024
/** How often memory is looked at, in milliseconds. */
const LOOK_MS = 100

/** Measures in a folder of its own. */
export const measureTransfers = async (
  folder: string,
  env: Readonly<Record<string, string>>,
  plan: TransfersPlan,
  tell: (line: string) => void,
  lend: Lend = withParlance,
): Promise<Table> => {
  const nginx = findNginx(tell)
  const rows = await lend(path.join(folder, 'parlance'), env, async (parlance) => {
    const guest = await settleIn(parlance)
    const compare = (nginxPort: number | undefined) => measureSpeed(parlance, guest, nginxPort, folder, plan, tell)
    const speed = await (nginx === undefined
      ? compare(undefined)
      : withNginx(nginx, path.join(folder, 'nginx'), (port) => compare(port)))
    return [...speed, ...(await measureMemory(parlance, guest, plan, tell))]
  })
  return {
    title: 'Files up and down',
    method:
      `Bodies of ${plan.megabytes} MB on plain sockets, each on a connection of its own, medians of ${plan.rounds} rounds in which ` +
      'Parlance and one process of nginx take turns. Down: nginx sends a file of a folder with sendfile; Parlance asks ' +
      'the database first whether the person may read it. Up: nginx writes a PUT to a file; Parlance takes the file out of a form, hashes it, ' +
      'finds out what it is, waits until the disk has it, and adds its row. Memory: proportional set size of all processes of Parlance, ' +
      'the most that was seen while the uploads ran, above what it was before the first.' +
      (nginx === undefined
        ? ' **nginx is not installed here (on Debian: apt-get install nginx-light): no ratios.**'
        : ''),
    columns: ['what', 'Parlance', 'nginx', 'ratio'],
    rows,
  }
}

/** Somebody with a group to upload to. */
interface Guest {
  readonly headers: Readonly<Record<string, string>>
  readonly groupId: string
}

const settleIn = async ({ url }: Parlance): Promise<Guest> => {
  const { token } = await signUp(url, 'files@example.org')
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(`${url}/api/team/conversations`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'group', title: 'Files' }),
  })
  return { headers, groupId: ((await response.json()) as { id: string }).id }
}

const headOf = (method: string, target: string, headers: Readonly<Record<string, string>> = {}): string =>
  [
    `${method} ${target} HTTP/1.1`,
    'Host: localhost',
    ...Object.entries(headers).map((entry) => entry.join(': ')),
    '',
  ].join('\r\n')

const formUpload = ({ headers, groupId }: Guest, bytes: number): Transfer => ({
  head: headOf('POST', `/api/files?conversationId=${groupId}`, {
    ...headers,
    'Content-Type': 'multipart/form-data; boundary=border',
  }),
  body: {
    before: '--border\r\nContent-Disposition: form-data; name="file"; filename="noise.bin"\r\n\r\n',
    bytes,
    after: '\r\n--border--\r\n',
  },
})

const measureSpeed = async (
  parlance: Parlance,
  guest: Guest,
  nginxPort: number | undefined,
  folder: string,
  plan: TransfersPlan,
  tell: (line: string) => void,
): Promise<Row[]> => {
  const bytes = plan.megabytes * MEGABYTE
  const [kept] = idsIn(await runTransfers({ port: parlance.port, transfers: [formUpload(guest, bytes)] }))
  if (nginxPort !== undefined) await writeFile(path.join(folder, 'nginx/files/kept.bin'), randomBytes(bytes))
  const rows: Row[] = []
  for (const clients of plan.clients) {
    tell(`${clients} × ${plan.megabytes} MB down and up`)
    const down = await compared(plan.rounds, [
      () => speedOf(parlance.port, clients, () => ({ head: headOf('GET', `/api/files/${kept}`, guest.headers) })),
      nginxPort && (() => speedOf(nginxPort, clients, () => ({ head: headOf('GET', '/kept.bin') }))),
    ])
    const up = await compared(plan.rounds, [
      async () => {
        const transfers = Array.from({ length: clients }, () => formUpload(guest, bytes))
        const result = await runTransfers({ port: parlance.port, transfers })
        await removeAll(parlance, guest, idsIn(result))
        return rateOf(result)
      },
      nginxPort &&
        (() =>
          speedOf(nginxPort, clients, () => ({ head: headOf('PUT', `/${randomUUID()}`), body: plainBody(bytes) }))),
    ])
    const at = clients === 1 ? 'one alone' : `${clients} at once`
    rows.push({ cells: [`download, ${at}`, ...down] }, { cells: [`upload, ${at}`, ...up] })
  }
  return rows
}

const plainBody = (bytes: number) => ({ before: '', bytes, after: '' })

const speedOf = async (port: number, clients: number, make: () => Transfer): Promise<number> =>
  rateOf(await runTransfers({ port, transfers: Array.from({ length: clients }, make) }))

/** Megabytes a second. */
const rateOf = ({ bytes, seconds }: { bytes: number; seconds: number }): number => bytes / MEGABYTE / seconds

/** The cells of a row: both sides by turns, once to warm up and then for each round. */
const compared = async (
  rounds: number,
  [ours, theirs]: readonly [() => Promise<number>, (() => Promise<number>) | undefined | 0],
): Promise<string[]> => {
  const measured: [number[], number[]] = [[], []]
  for (let round = 0; round <= rounds; round++) {
    const pair = [await ours(), theirs ? await theirs() : Number.NaN] as const
    if (round > 0) for (const side of [0, 1] as const) measured[side].push(pair[side])
  }
  const [own, peer] = [median(measured[0]), median(measured[1])]
  return [`${formatted(own)} MB/s`, Number.isNaN(peer) ? '–' : `${formatted(peer)} MB/s`, formatted(own / peer, 2)]
}

/** The ids of the files that uploads became. */
const idsIn = ({ answers }: { readonly answers: readonly string[] }): string[] =>
  answers.map((answer) => (JSON.parse(answer) as { data: { file: { id: string } }[] }).data[0]!.file.id)

const removeAll = async ({ url }: Parlance, { headers }: Guest, ids: readonly string[]): Promise<void> => {
  for (const id of ids) {
    const { status } = await fetch(`${url}/api/files/${id}`, { method: 'DELETE', headers })
    if (status !== 204) throw new Error(`removing an upload answered ${status}`)
  }
}

/** That bodies ten times as large take about the same is what shows that none is held. */
const measureMemory = async (
  parlance: Parlance,
  guest: Guest,
  { uploads, megabytes, hasTargets }: TransfersPlan,
  tell: (line: string) => void,
): Promise<Row[]> => {
  const small = megabytes / 10
  const rest = memoryOf(parlance)
  const added: number[] = []
  for (const size of [small, megabytes]) {
    tell(`memory while ${uploads} uploads of ${size} MB run`)
    added.push((await mostMemory(parlance, guest, uploads, size * MEGABYTE)) - rest)
  }
  const [forSmall, forLarge] = added as [number, number]
  const cellsOf = (size: number, bytes: number) => [
    `memory for ${uploads} uploads of ${size} MB at once, above rest`,
    Number.isNaN(bytes) ? '–' : megabytesOf(bytes),
    '–',
    '–',
  ]
  return [
    { cells: cellsOf(small, forSmall) },
    {
      cells: cellsOf(megabytes, forLarge),
      target: hasTargets ? atMost(forLarge / MEGABYTE, (2 * forSmall) / MEGABYTE, 'MB') : undefined,
    },
  ]
}

/** Bytes of all of its processes; NaN where the system does not tell. */
const memoryOf = ({ pid }: Parlance): number => memoryOfTree(pid)?.bytes ?? Number.NaN

/** The most bytes that were in use while so many uploads ran. */
const mostMemory = async (parlance: Parlance, guest: Guest, uploads: number, bytes: number): Promise<number> => {
  let most = 0
  const look = setInterval(() => (most = Math.max(most, memoryOf(parlance))), LOOK_MS)
  try {
    const transfers = Array.from({ length: uploads }, () => formUpload(guest, bytes))
    await removeAll(parlance, guest, idsIn(await runTransfers({ port: parlance.port, transfers })))
  } finally {
    clearInterval(look)
  }
  return Math.max(most, memoryOf(parlance))
}
