/** Text out of pictures, by tesseract in the sandbox. */
import { writeFile } from 'node:fs/promises'
import { type Engine, EngineFailure } from '#server/features/conversion/index.ts'
import { areInstalled, inSandbox, type Workplace } from './in-sandbox.ts'
import { lookAtPages } from './pdf.ts'
import type { Sandbox } from './sandbox.ts'

const MB = 1024 ** 2
const limits = { timeMs: 5 * 60_000, folderBytes: 1024 * MB }

/** In this order: the other way round, Vietnamese loses its accents, while English comes out the same. */
const LANGUAGES = 'vie+eng'
const MOST_PAGES = 50
/** Dots an inch at which small print is still read. */
const DENSITY = 200
const LONGEST_SIDE = 8000

export const ocrEngine = (sandbox: Sandbox): Engine => ({
  id: 'ocr',
  name: 'Text from pictures',
  description: 'Reads the text of pictures and scanned documents, English and Vietnamese.',
  packages: ['bubblewrap', 'poppler-utils', 'tesseract-ocr', 'tesseract-ocr-eng', 'tesseract-ocr-vie'],
  conversions: [{ from: ['png', 'jpg', 'tiff', 'bmp', 'webp', 'pdf'], to: ['txt'] }],
  concurrency: 1,
  timeoutMs: limits.timeMs,
  maxBytes: 50 * MB,
  isInstalled: () => areInstalled(sandbox, ['tesseract', 'pdftoppm', 'pdfinfo']),
  convert: (task) =>
    inSandbox(sandbox, task, limits, async (place) => {
      const pages = task.from === 'pdf' ? await drawPages(place) : [place.input]
      const texts: string[] = []
      for (const page of pages) {
        texts.push(await readPage(place, page))
        task.onProgress(texts.length / pages.length)
      }
      if (texts.every((text) => text.trim() === '')) throw new EngineFailure('refused', 'There is no text to be read.')
      // Never over what a program has left there: it could be a link.
      await writeFile(place.pathOf('out.txt'), texts.join('\f'), { flag: 'wx' })
      return 'out.txt'
    }),
  close: () => Promise.resolve(),
})

/** @returns the names of their pictures, in order */
const drawPages = async (place: Workplace): Promise<string[]> => {
  const { count, longestSide } = await lookAtPages(place)
  if (count > MOST_PAGES) throw new EngineFailure('too_large', `Text is read from up to ${MOST_PAGES} pages.`)
  const density = Math.min(DENSITY, (LONGEST_SIDE / longestSide) * 72)
  const args = ['-png', '-gray', '-r', density.toFixed(2), place.input, 'page']
  const { code } = await place.run({ program: 'pdftoppm', args })
  if (code !== 0) throw new EngineFailure('refused', 'The document is damaged, or no PDF.')
  return (await place.list()).filter((name) => /^page-\d+\.png$/.test(name))
}

const readPage = async ({ run }: Workplace, page: string): Promise<string> => {
  // Its threads wait for each other more than they save.
  const args = ['OMP_THREAD_LIMIT=1', 'tesseract', page, 'stdout', '-l', LANGUAGES]
  const { code, stdout } = await run({ program: 'env', args, limits: { outputBytes: MB } })
  if (code !== 0) throw new EngineFailure('refused', 'The picture is damaged, or can’t be read here.')
  return stdout.toString().replace(/\f$/, '')
}
