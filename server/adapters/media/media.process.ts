/** The process that opens files which nobody has vouched for. Each library is loaded when the first file needs it. */
import { serveJobs } from './jobs.ts'

const jobs = {
  lookAt: async (input: { readonly path: string }) => (await import('./look-at.ts')).lookAt(input.path),
  checkArchive: async (input: { readonly path: string }) =>
    (await import('./check-archive.ts')).checkArchive(input.path),
  measurePicture: async (input: { readonly path: string }) => (await import('./pixels.ts')).measurePicture(input.path),
  shrinkPicture: async (input: { readonly path: string; readonly longerSide: number }) =>
    (await import('./pixels.ts')).shrinkPicture(input.path, input.longerSide),
  measurePlayable: async (input: { readonly path: string }) =>
    (await import('./measure-playable.ts')).measurePlayable(input.path),
  showPage: async (input: { readonly path: string; readonly page: number; readonly longerSide: number }) =>
    (await import('./show-page.ts')).showPage(input),
}

export type MediaJobs = typeof jobs

serveJobs(jobs)
