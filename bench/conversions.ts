/** Conversions against the same tools called by hand: how long one takes, how many a minute, what fails, and what it takes of memory. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import sharp from 'sharp'
import { type ConversionClient, openConversionClient } from './conversion-client.ts'
import { megabytesOf } from './idle-streams.ts'
import { findProgram } from '../scripts/apt.ts'
import { type Lend, type Parlance, withParlance } from './parlance.ts'
import { memoryOfTree } from './processes.ts'
import { atLeast, atMost, formatted, type Row, type Table } from './report.ts'
import { median, quantile } from './statistics.ts'
import { runTransfers, type Transfer } from './transfer-load.ts'

export interface ConversionsPlan {
  /** How often a document of one page is converted. */
  readonly short: number
  /** How many pages a longer one has, about, and how often it is converted. */
  readonly long: { readonly pages: number; readonly times: number }
  /** How many sessions convert at the same time, and for how long. */
  readonly sessions: readonly number[]
  readonly seconds: number
  readonly pictures: number
  /** After how many conversions memory is compared. */
  readonly lasting: number
  readonly uploads: { readonly count: number; readonly megabytes: number }
  readonly hasTargets: boolean
}

const MEGABYTE = 1024 * 1024
/** How often memory is looked at, in milliseconds. */
const LOOK_MS = 100

/** Measures in a folder of its own; undefined where LibreOffice is not installed. */
export const measureConversions = async (
  folder: string,
  env: Readonly<Record<string, string>>,
  plan: ConversionsPlan,
  tell: (line: string) => void,
  lend: Lend = withParlance,
): Promise<Table | undefined> => {
  const soffice = findProgram('soffice')
  if (soffice === undefined) {
    tell('conversions are left out: soffice is not installed (npm run engines)')
    return undefined
  }
  await mkdir(folder, { recursive: true })
  tell(`making documents of 1 and ${plan.long.pages} pages`)
  const byHand = await makeByHand(folder, soffice, plan.long.pages)
  const rows = await lend(path.join(folder, 'parlance'), env, async (parlance) => {
    const { row: latency, perMinute } = await measureDocuments(parlance, byHand, plan, tell)
    const pictures = await measurePictures(parlance, folder, plan, tell)
    const lasting = await measureLasting(parlance, byHand.one, plan, tell)
    const uploads = await measureUploads(parlance, plan, tell)
    return [...latency, ...perMinute, ...pictures, ...lasting, ...uploads]
  })
  return {
    title: 'Conversions',
    method:
      'Through HTTP, as the page does it: upload, ask, hear by an event that it is done, fetch a token, download, remove. By hand: ' +
      '`soffice --convert-to` with a profile of its own that is used again, and `vips copy`, one process for each file and as many at ' +
      'once as there are sessions. “Convert” is from asking to the event; “in all” includes upload and download. Every output begins ' +
      'as its format does. Memory: proportional set size of all processes of Parlance.',
    columns: ['what', 'Parlance', 'by hand', 'ratio'],
    rows,
  }
}

interface ByHand {
  /** DOCX. */
  readonly one: Uint8Array<ArrayBuffer>
  readonly long: Uint8Array<ArrayBuffer>
  /** Converts one of them to PDF in a process of its own; `lane` has a profile of its own. Returns milliseconds. */
  convert(document: 'one' | 'long', lane: number): Promise<number>
}

const makeByHand = async (folder: string, soffice: string, pages: number): Promise<ByHand> => {
  const line = 'The quick brown fox jumps over the lazy dog, and what it finds there is told in this line. '
  for (const [name, lines] of [
    ['one', 30],
    ['long', 37 * pages],
  ] as const) {
    await writeFile(path.join(folder, `${name}.txt`), `${line}\n`.repeat(lines))
  }
  const call = async (lane: number, args: readonly string[]): Promise<number> => {
    const profile = `-env:UserInstallation=file://${folder}/profile-${lane}`
    const startedAt = performance.now()
    const child = spawn(soffice, [profile, '--headless', '--norestore', ...args], { cwd: folder, stdio: 'ignore' })
    const [code] = (await once(child, 'exit')) as [number | null]
    if (code !== 0) throw new Error(`soffice ended with ${code}`)
    return performance.now() - startedAt
  }
  // A new profile makes soffice end with 81 once; later lanes copy the first one's.
  await call(0, ['--terminate_after_init']).catch(() => undefined)
  const texts = ['one.txt', 'long.txt'].map((name) => path.join(folder, name))
  await call(0, ['--convert-to', 'docx:MS Word 2007 XML', ...texts])
  const read = async (name: string) => new Uint8Array(await readFile(path.join(folder, name)))
  return {
    one: await read('one.docx'),
    long: await read('long.docx'),
    async convert(document, lane) {
      const profile = path.join(folder, `profile-${lane}`)
      if (lane > 0) await cp(path.join(folder, 'profile-0'), profile, { recursive: true, force: false })
      const output = path.join(folder, `out-${lane}`)
      const ms = await call(lane, ['--convert-to', 'pdf', '--outdir', output, path.join(folder, `${document}.docx`)])
      expectStart(await readFile(path.join(output, `${document}.pdf`)), '%PDF-')
      await rm(output, { recursive: true })
      return ms
    },
  }
}

const expectStart = (output: Uint8Array, start: string, at = 0): void => {
  const found = Buffer.from(output.subarray(at, at + start.length)).toString('latin1')
  if (found !== start) throw new Error(`an output begins with ${JSON.stringify(found)}`)
}

const withClient = async <Result>(
  { url }: Parlance,
  work: (client: ConversionClient) => Promise<Result>,
): Promise<Result> => {
  const client = await openConversionClient(url)
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}

const toPdf = async (client: ConversionClient, document: Uint8Array<ArrayBuffer>) => {
  const done = await client.convert(document, 'document.docx', 'pdf')
  expectStart(done.output, '%PDF-')
  return done
}

const measureDocuments = async (
  parlance: Parlance,
  byHand: ByHand,
  plan: ConversionsPlan,
  tell: (line: string) => void,
): Promise<{ row: Row[]; perMinute: Row[] }> => {
  const row: Row[] = []
  for (const [document, label, count] of [
    ['one', 'docx of 1 page to PDF', plan.short],
    ['long', `docx of ${plan.long.pages} pages to PDF`, plan.long.times],
  ] as const) {
    tell(`${label}, ${count} times`)
    const ours = await withClient(parlance, async (client) => {
      // The first one starts LibreOffice.
      await toPdf(client, byHand[document])
      return await times(count, () => toPdf(client, byHand[document]))
    })
    const theirs = await times(Math.max(1, Math.ceil(count / 10)), () => byHand.convert(document, 0))
    const converts = ours.map(({ convertMs }) => convertMs)
    const [middle, peer] = [median(converts), median(theirs)]
    const target = plan.hasTargets && document === 'one' ? atMost(middle, 100, 'ms') : undefined
    row.push(
      { cells: [`${label}, warm: convert, p50`, ms(middle), ms(peer), formatted(peer / middle, 1)], target },
      { cells: [`${label}, warm: convert, p99`, ms(quantile(converts, 0.99)), '–', '–'] },
      { cells: [`${label}, warm: in all, p50`, ms(median(ours.map(({ totalMs }) => totalMs))), '–', '–'] },
    )
  }
  const perMinute: Row[] = []
  for (const sessions of plan.sessions) {
    tell(`${sessions} sessions, ${plan.seconds} s each side`)
    const lanes = Array.from({ length: sessions }, (_, lane) => lane)
    const clients = await Promise.all(lanes.map(() => openConversionClient(parlance.url)))
    const ours = await rateOf(plan.seconds, lanes, (lane) => toPdf(clients[lane]!, byHand.one))
    await Promise.all(clients.map((client) => client.close()))
    const theirs = await rateOf(plan.seconds, lanes, (lane) => byHand.convert('one', lane))
    const target = plan.hasTargets ? atLeast(ours / theirs, 10, 1) : undefined
    perMinute.push({
      cells: [
        `docx of 1 page to PDF, a minute, ${sessions} sessions`,
        formatted(ours),
        formatted(theirs),
        formatted(ours / theirs, 1),
      ],
      target,
    })
  }
  return { row, perMinute }
}

const ms = (value: number): string => `${formatted(value)} ms`

const times = async <Result>(count: number, work: () => Promise<Result>): Promise<Result[]> => {
  const results: Result[] = []
  for (let done = 0; done < count; done++) results.push(await work())
  return results
}

/** How many a minute all lanes together get done, each one after the other. */
const rateOf = async (
  seconds: number,
  lanes: readonly number[],
  work: (lane: number) => Promise<unknown>,
): Promise<number> => {
  // Once for each, so that what is made once is there.
  await Promise.all(lanes.map(work))
  const startedAt = performance.now()
  const counts = await Promise.all(
    lanes.map(async (lane) => {
      let count = 0
      while (performance.now() - startedAt < seconds * 1000) {
        await work(lane)
        count++
      }
      return count
    }),
  )
  const minutes = (performance.now() - startedAt) / 60_000
  return counts.reduce((sum, count) => sum + count, 0) / minutes
}

const measurePictures = async (
  parlance: Parlance,
  folder: string,
  { pictures }: ConversionsPlan,
  tell: (line: string) => void,
): Promise<Row[]> => {
  const vips = findProgram('vips')
  const file = path.join(folder, 'picture.png')
  const noise = { type: 'gaussian', mean: 128, sigma: 20 } as const
  await sharp({ create: { width: 2000, height: 1500, channels: 3, background: 'black', noise } })
    .png()
    .toFile(file)
  const bytes = new Uint8Array(await readFile(file))
  const rows: Row[] = []
  for (const [to, start, at] of [
    ['jpg', '\u00ff\u00d8', 0],
    ['webp', 'WEBP', 8],
  ] as const) {
    tell(`${pictures} pictures to ${to}`)
    const ours = await withClient(parlance, (client) =>
      times(pictures, async () => {
        const { convertMs, output } = await client.convert(bytes, 'picture.png', to)
        expectStart(output, start, at)
        return convertMs
      }),
    )
    const theirs =
      vips === undefined ? [] : await times(pictures, () => vipsCopy(vips, file, `${folder}/picture.${to}`))
    const [middle, peer] = [median(ours), median(theirs)]
    rows.push({
      cells: [
        `PNG of 3 megapixels to ${to}: convert, p50`,
        ms(middle),
        theirs.length === 0 ? '–' : ms(peer),
        formatted(peer / middle, 1),
      ],
    })
  }
  return rows
}

const vipsCopy = async (vips: string, from: string, to: string): Promise<number> => {
  const startedAt = performance.now()
  const [code] = (await once(spawn(vips, ['copy', from, to], { stdio: 'ignore' }), 'exit')) as [number | null]
  if (code !== 0) throw new Error(`vips ended with ${code}`)
  return performance.now() - startedAt
}

/** That later conversions take no more memory than earlier ones, and that all of them succeed. */
const measureLasting = async (
  parlance: Parlance,
  document: Uint8Array<ArrayBuffer>,
  { lasting, hasTargets }: ConversionsPlan,
  tell: (line: string) => void,
): Promise<Row[]> => {
  tell(`${lasting} conversions, and the memory after them`)
  const [early, late, succeeded] = await withClient(parlance, async (client) => {
    let fine = 0
    const half = async () => {
      for (let done = 0; done < lasting / 2; done++) {
        await toPdf(client, document).then(
          () => fine++,
          (error: Error) => tell(error.message),
        )
      }
      return memoryOf(parlance)
    }
    const sizes = [await half(), await half()] as const
    return [...sizes, fine] as const
  })
  return [
    {
      cells: [`succeeded, of ${lasting} to PDF`, `${formatted((100 * succeeded) / lasting)} %`, '–', '–'],
      target: hasTargets ? atLeast(succeeded / lasting, 1) : undefined,
    },
    {
      cells: [`memory after ${lasting / 2} and ${lasting} of them`, `${mb(early)}, ${mb(late)}`, '–', '–'],
      target: hasTargets ? atMost(late / MEGABYTE, (early / MEGABYTE) * 1.2, 'MB') : undefined,
    },
  ]
}

/** Many uploads at once, each in a session of its own: sounds, as far as anybody can see. */
const measureUploads = async (
  parlance: Parlance,
  { uploads: { count, megabytes }, hasTargets }: ConversionsPlan,
  tell: (line: string) => void,
): Promise<Row[]> => {
  const rest = memoryOf(parlance)
  const added: number[] = []
  for (const size of [megabytes / 10, megabytes]) {
    tell(`memory while ${count} uploads of ${size} MB run`)
    const clients = await Promise.all(Array.from({ length: count }, () => openConversionClient(parlance.url)))
    const transfers = clients.map(({ headers }) => soundUpload(headers, size * MEGABYTE - 4096))
    let most = 0
    const look = setInterval(() => (most = Math.max(most, memoryOf(parlance))), LOOK_MS)
    try {
      await runTransfers({ port: parlance.port, transfers })
    } finally {
      clearInterval(look)
    }
    added.push(Math.max(most, memoryOf(parlance)) - rest)
    await Promise.all(clients.map((client) => client.close()))
  }
  const [forSmall, forLarge] = added as [number, number]
  const cellsOf = (size: number, bytes: number) => [
    `memory for ${count} uploads of ${size} MB at once, above rest`,
    mb(bytes),
    '–',
    '–',
  ]
  return [
    { cells: cellsOf(megabytes / 10, forSmall) },
    {
      cells: cellsOf(megabytes, forLarge),
      target: hasTargets ? atMost(forLarge / MEGABYTE, (2 * forSmall) / MEGABYTE, 'MB') : undefined,
    },
  ]
}

const soundUpload = (headers: Readonly<Record<string, string>>, bytes: number): Transfer => ({
  head: [
    'POST /upload HTTP/1.1',
    'Host: localhost',
    ...Object.entries(headers).map((entry) => entry.join(': ')),
    'Content-Type: multipart/form-data; boundary=border',
    '',
  ].join('\r\n'),
  body: {
    before:
      `--border\r\nContent-Disposition: form-data; name="job_id"\r\n\r\n${crypto.randomUUID()}\r\n` +
      '--border\r\nContent-Disposition: form-data; name="file"; filename="noise.wav"\r\n\r\n' +
      'RIFF\x7f\x7f\x7f\x05WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\x7f\x7f\x7f\x05',
    bytes,
    after: '\r\n--border--\r\n',
  },
})

/** Bytes of all of its processes; NaN where the system does not tell. */
const memoryOf = ({ pid }: Parlance): number => memoryOfTree(pid)?.bytes ?? Number.NaN
const mb = (bytes: number): string => (Number.isNaN(bytes) ? '–' : megabytesOf(bytes))
