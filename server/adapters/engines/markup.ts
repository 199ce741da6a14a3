/**
 * Texts with markup into each other, by pandoc. Its own switch for safety breaks most outputs on Debian (it closes its data
 * files too), so what it may read is decided by our sandbox alone.
 */
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { type Engine, EngineFailure, type FormatId } from '#server/features/conversion/index.ts'
import { allPairs } from './all-pairs.ts'
import { areInstalled, inSandbox } from './in-sandbox.ts'
import type { Sandbox } from './sandbox.ts'

const MB = 1024 ** 2
const limits = { timeMs: 60_000, memoryBytes: 1024 * MB }

const readers: Readonly<Record<FormatId, string>> = {
  md: 'gfm+footnotes+tex_math_dollars+yaml_metadata_block',
  html: 'html',
  rst: 'rst',
  tex: 'latex',
  epub: 'epub',
  docx: 'docx',
  odt: 'odt',
}
const writers: Readonly<Record<FormatId, string>> = {
  md: 'gfm',
  html: 'html5',
  rst: 'rst',
  tex: 'latex',
  epub: 'epub3',
  docx: 'docx',
  odt: 'odt',
  txt: 'plain',
}

/** What holds pictures itself: a web page made of it holds them too. */
const packages: readonly FormatId[] = ['epub', 'docx', 'odt']

/** Options of Haskell's runtime system: its heap. */
const runtime = ['+RTS', '-M512M', '-RTS']

export const markupEngine = (sandbox: Sandbox): Engine => ({
  id: 'markup',
  name: 'Markup',
  description: 'Markdown, web pages, reStructuredText, LaTeX, e-books and text documents into each other.',
  packages: ['bubblewrap', 'pandoc'],
  conversions: allPairs(Object.keys(readers), Object.keys(writers)),
  concurrency: 2,
  timeoutMs: limits.timeMs,
  maxBytes: 20 * MB,
  isInstalled: () => areInstalled(sandbox, ['pandoc']),
  convert: (task) =>
    inSandbox(sandbox, task, limits, async ({ input, run }) => {
      const output = `out.${task.to}`
      const write = async (...how: string[]): Promise<number> => {
        const formats = ['-f', readers[task.from] ?? '', '-t', writers[task.to] ?? '']
        const args = [...runtime, '--standalone', '--wrap=none', ...how, ...formats, '-o', output, input]
        return (await run({ program: 'pandoc', args })).code
      }
      // It fails where a picture is elsewhere.
      const isWhole = task.to === 'html' && packages.includes(task.from) && (await write('--self-contained')) === 0
      const code = isWhole ? 0 : await write()
      if (code === HEAP_EXHAUSTED) throw new EngineFailure('too_large', 'The document needs too much memory.')
      if (code !== 0) throw new EngineFailure('refused', 'The document is damaged, or no text of its kind.')
      return output
    }),
  close: () => Promise.resolve(),
})

/** Exit code of Haskell's runtime system. */
const HEAP_EXHAUSTED = 251

/** What only pandoc reads and only the office engine prints. */
export const printEngine = (markup: Engine, office: Engine): Engine => ({
  id: 'print',
  name: 'Markup to PDF',
  description: 'Markdown, reStructuredText, LaTeX and e-books into PDF.',
  packages: [...new Set([...markup.packages, ...office.packages])],
  conversions: allPairs(['md', 'rst', 'tex', 'epub'], ['pdf']),
  concurrency: 1,
  timeoutMs: markup.timeoutMs + office.timeoutMs,
  maxBytes: markup.maxBytes,
  isInstalled: async () => (await markup.isInstalled()) && office.isInstalled(),
  async convert(task) {
    const folder = path.join(task.folder, 'written')
    await mkdir(folder, { mode: 0o700 })
    const written = await markup.convert({ ...task, folder, to: 'odt' })
    return office.convert({ ...task, inputPath: written.outputPath, from: 'odt' })
  },
  close: () => Promise.resolve(),
})
