/** Pictures, by sharp: it needs no package of the system. Photos of phones need one, and are an engine of their own. */
import { mkdtemp, readdir, rename } from 'node:fs/promises'
import path from 'node:path'
import { type Engine, EngineFailure, type EngineTask } from '#server/features/conversion/index.ts'
import { allPairs } from '../all-pairs.ts'
import { areInstalled, inSandbox } from '../in-sandbox.ts'
import type { Sandbox } from '../sandbox.ts'
import { gather } from '../zip-of-pages.ts'
import { openPictureProgram, type PictureArgs, type PictureProgram, runWithLimits } from './picture-program.ts'

const MB = 1024 ** 2
const limits = { timeMs: 60_000, folderBytes: 1024 * MB }

const outputs = ['jpg', 'png', 'webp', 'avif', 'gif', 'tiff', 'bmp', 'pdf']

/** Nothing is started before the first task. */
export const openPictureEngines = (sandbox: Sandbox): { readonly images: Engine; readonly photos: Engine } => {
  const program = openPictureProgram(sandbox)
  return { images: imagesEngine(sandbox, program), photos: photosEngine(sandbox, program) }
}

const imagesEngine = (sandbox: Sandbox, program: PictureProgram): Engine => ({
  id: 'images',
  name: 'Pictures',
  description: 'Pictures into other formats, upright and without metadata; into PDF with one page for each.',
  packages: [],
  conversions: allPairs(['jpg', 'png', 'webp', 'avif', 'gif', 'tiff', 'bmp', 'svg'], outputs),
  concurrency: 2,
  timeoutMs: limits.timeMs,
  maxBytes: 50 * MB,
  isInstalled: () => Promise.resolve(true),
  convert: async (task) =>
    (await program.canRun())
      ? inSandbox(sandbox, task, limits, async (place) => {
          await program.run(place, [place.input, task.from, '/job/out', task.to])
          return gather(place, task)
        })
      : withoutSandbox(task),
  close: () => program.close(),
})

const withoutSandbox = async (task: EngineTask) => {
  const folder = await mkdtemp(path.join(task.folder, 'pages-'))
  const args: PictureArgs = [task.inputPath, task.from, path.join(folder, 'out'), task.to]
  await runWithLimits(folder, args, { timeMs: limits.timeMs, signal: task.signal })
  const pathOf = (name: string): string => path.join(folder, name)
  const made = await gather({ list: () => readdir(folder), pathOf }, task)
  const outputPath = path.join(task.folder, `out${path.extname(made)}`)
  await rename(pathOf(made), outputPath)
  return { outputPath }
}

const photosEngine = (sandbox: Sandbox, program: PictureProgram): Engine => ({
  id: 'photos',
  name: 'Photos of phones',
  description: 'HEIC photos into pictures that every program shows, or PDF.',
  packages: ['bubblewrap', 'libvips-tools'],
  conversions: allPairs(['heic'], outputs),
  concurrency: 2,
  timeoutMs: limits.timeMs,
  maxBytes: 50 * MB,
  isInstalled: async () => (await areInstalled(sandbox, ['vips'])) && program.canRun(),
  convert: (task) =>
    inSandbox(sandbox, task, limits, async (place) => {
      const { code } = await place.run({
        program: 'vips',
        args: ['autorot', place.input, '/job/photo.png[compression=1,strip]'],
      })
      if (code !== 0) throw new EngineFailure('refused', 'The photo is damaged, or can’t be read here.')
      await program.run(place, ['/job/photo.png', 'png', '/job/out', task.to])
      return gather(place, task)
    }),
  close: () => program.close(),
})
