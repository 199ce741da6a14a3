/** Makes small pictures of pictures, pages of PDF documents and videos. */
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { MakePicture, Original, Picture, WantedPicture } from '#server/features/files/index.ts'
import type { MediaJobs } from './media.process.ts'
import { JobLost, type Workshop } from './workshop.ts'

/** Writes the first frame of a video to `frame`, as a picture that is upright; says whether it could. */
export type DrawFrame = (
  video: { readonly path: string; readonly contentType: string },
  frame: string,
) => Promise<boolean>

/** How long it may take, in milliseconds. */
const LIMIT_MS = 15_000

export const makePictures =
  (workshop: Workshop<MediaJobs>, drawFrame: DrawFrame): MakePicture =>
  (original, wanted) =>
    withFolder(async (folder) => {
      const file = path.join(folder, 'original')
      await pipeline(await original.open(), createWriteStream(file, { mode: 0o600 }))
      try {
        return await draw(workshop, drawFrame, { ...original, path: file }, wanted)
      } catch (error) {
        if (error instanceof JobLost) return undefined
        throw error
      }
    })

const draw = async (
  workshop: Workshop<MediaJobs>,
  drawFrame: DrawFrame,
  { path: file, category, contentType }: Original & { readonly path: string },
  { page, longerSide }: WantedPicture,
): Promise<Picture | undefined> => {
  if (category === 'pdf') return workshop.run('showPage', { path: file, page, longerSide }, LIMIT_MS)
  if (page > 1) return undefined
  const frame = `${file}.frame`
  if (category === 'video' && !(await drawFrame({ path: file, contentType }, frame))) return undefined
  if (category !== 'image' && category !== 'video') return undefined
  const picture = category === 'video' ? frame : file
  const bytes = await workshop.run('shrinkPicture', { path: picture, longerSide }, LIMIT_MS)
  return bytes && { bytes, pages: 1 }
}

const withFolder = async <Result>(work: (folder: string) => Promise<Result>): Promise<Result> => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'parlance-picture-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
