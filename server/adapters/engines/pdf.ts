/** PDF documents into text, pictures and web pages, by poppler in the sandbox. */
import { readFile } from 'node:fs/promises'
import { type Engine, EngineFailure, type EngineTask } from '#server/features/conversion/index.ts'
import { areInstalled, inSandbox, type Workplace } from './in-sandbox.ts'
import type { Sandbox } from './sandbox.ts'
import { gather } from './zip-of-pages.ts'

const MB = 1024 ** 2
const limits = { timeMs: 60_000, folderBytes: 1024 * MB }

const MOST_PAGES = 300
/** Dots an inch of pages that become pictures. */
const DENSITY = 150
/** No side of a picture is longer, in pixels, however large the page. */
const LONGEST_SIDE = 6000
/** So many pages are drawn between two words on progress. */
const PAGES_AT_ONCE = 8

/** @param ocr reads documents that hold nothing but pictures, where it is installed */
export const pdfEngine = (sandbox: Sandbox, ocr: Engine): Engine => ({
  id: 'pdf',
  name: 'PDF',
  description: 'PDF documents into text, a picture of each page, or a web page.',
  packages: ['bubblewrap', 'poppler-utils'],
  conversions: [{ from: ['pdf'], to: ['txt', 'png', 'jpg', 'html'] }],
  concurrency: 2,
  // A scanned document is read by both.
  timeoutMs: limits.timeMs + ocr.timeoutMs,
  maxBytes: 100 * MB,
  isInstalled: () => areInstalled(sandbox, ['pdfinfo', 'pdftotext', 'pdftoppm', 'pdftohtml']),
  async convert(task) {
    const made = await inSandbox(sandbox, task, limits, (place) => convertIn(place, task))
    if (task.to !== 'txt' || !(await isBlank(made.outputPath)) || !(await ocr.isInstalled())) return made
    return ocr.convert(task)
  },
  close: () => Promise.resolve(),
})

const convertIn = async (place: Workplace, task: EngineTask): Promise<string> => {
  const pages = await lookAtPages(place)
  switch (task.to) {
    case 'txt':
      return write(place, 'pdftotext', ['-layout', '-enc', 'UTF-8', '-eol', 'unix', place.input, 'out.txt'], 'out.txt')
    case 'html':
      return write(
        place,
        'pdftohtml',
        ['-s', '-noframes', '-dataurls', '-enc', 'UTF-8', place.input, 'out.html'],
        'out.html',
      )
    default:
      await drawPages(place, pages, task)
      return gather(place, task)
  }
}

const write = async (place: Workplace, program: string, args: readonly string[], output: string): Promise<string> => {
  const { code } = await place.run({ program, args })
  if (code !== 0) throw damaged()
  return output
}

export interface Pages {
  readonly count: number
  /** Of the largest one, in points. */
  readonly longestSide: number
}

/** @throws EngineFailure where it can't be opened */
export const lookAtPages = async ({ input, run }: Workplace): Promise<Pages> => {
  const { code, stdout, stderr } = await run({
    program: 'pdfinfo',
    args: ['-f', '1', '-l', `${MOST_PAGES}`, input],
    limits: { timeMs: 30_000 },
  })
  if (/incorrect password/i.test(stderr)) throw locked()
  if (code !== 0) throw damaged()
  const told = stdout.toString()
  const count = Number(/^Pages:\s+(\d+)/m.exec(told)?.[1])
  if (!(count > 0)) throw damaged()
  if (count > MOST_PAGES) throw new EngineFailure('too_large', `The document has more than ${MOST_PAGES} pages.`)
  const sides = [...told.matchAll(/ size:\s+([\d.]+) x ([\d.]+) pts/g)].flatMap(([, width, height]) => [width, height])
  return { count, longestSide: Math.max(1, ...sides.map(Number)) }
}

const locked = (): EngineFailure => new EngineFailure('refused', 'The document is protected by a password.')
const damaged = (): EngineFailure => new EngineFailure('refused', 'The document is damaged, or no PDF.')

const drawPages = async (place: Workplace, { count, longestSide }: Pages, task: EngineTask): Promise<void> => {
  const density = Math.min(DENSITY, (LONGEST_SIDE / longestSide) * 72)
  const kind = task.to === 'png' ? ['-png'] : ['-jpeg', '-jpegopt', 'quality=90']
  for (let first = 1; first <= count; first += PAGES_AT_ONCE) {
    const range = ['-f', `${first}`, '-l', `${Math.min(first + PAGES_AT_ONCE - 1, count)}`]
    const args = [...kind, ...range, '-r', density.toFixed(2), place.input, 'out']
    const { code } = await place.run({ program: 'pdftoppm', args })
    if (code !== 0) throw damaged()
    task.onProgress(Math.min((first + PAGES_AT_ONCE - 1) / count, 1))
  }
}

const isBlank = async (file: string): Promise<boolean> => !/\S/.test(await readFile(file, 'utf8'))
