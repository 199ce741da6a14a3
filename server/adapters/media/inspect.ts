/** Finds out what uploads are, in processes of their own. */
import { AppError } from '#kernel/errors.ts'
import {
  fileTypeOf,
  type InspectedFile,
  type InspectFile,
  typeByContent,
  UNKNOWN_TYPE,
} from '#server/features/files/index.ts'
import type { MediaJobs } from './media.process.ts'
import { JobLost, type Workshop } from './workshop.ts'

/** How long a file may be looked at, in milliseconds: on its type, into an archive, at a picture, at a video. */
const limits = { lookAt: 30_000, checkArchive: 60_000, measurePicture: 30_000, measurePlayable: 15_000 }

/** Pictures that are known but can't be decoded here. */
const undecodable = ['image/heic', 'image/heif', 'image/bmp']
/**
 * Containers whose length and size can be read; what claims to be one and can't be read is none. Not `video/ogg`: its usual
 * codec, Theora, is not read.
 */
const readable = ['video/mp4', 'video/webm', 'video/quicktime', 'video/matroska', 'video/mp2t', 'video/3gpp']
const readableSound = ['audio/mpeg', 'audio/wav', 'audio/ogg', 'audio/mp4', 'audio/flac', 'audio/aac']

const unmeasured = { width: null, height: null, durationSeconds: null }
const unknown: InspectedFile = { contentType: UNKNOWN_TYPE, category: 'other', ...unmeasured }

/**
 * A type is believed when the whole content bears it out: a picture is decoded once, a video is read, the members of an
 * archive are counted. What can't be borne out is `application/octet-stream`.
 */
export const inspectFiles =
  (workshop: Workshop<MediaJobs>): InspectFile =>
  async (path, name) => {
    const looks = await workshop.run('lookAt', { path }, limits.lookAt).catch(whenLost(undefined))
    const contentType = looks === undefined ? UNKNOWN_TYPE : typeByContent(looks, name)
    const { category } = fileTypeOf(contentType)
    const plain: InspectedFile = { contentType, category, ...unmeasured }

    switch (category) {
      case 'image':
        return undecodable.includes(contentType) ? plain : inspectPicture(workshop, path, plain)
      case 'video':
      case 'audio':
        return [...readable, ...readableSound].includes(contentType) ? inspectPlayable(workshop, path, plain) : plain
      case 'word':
      case 'excel':
      case 'powerpoint':
      case 'archive':
      case 'other':
        return inspectArchive(workshop, path, plain)
      case 'pdf':
      case 'text':
        return plain
    }
  }

const inspectPicture = async (
  workshop: Workshop<MediaJobs>,
  path: string,
  plain: InspectedFile,
): Promise<InspectedFile> => {
  const size = await workshop.run('measurePicture', { path }, limits.measurePicture).catch(whenLost('broken' as const))
  if (size === 'dangerous') throw new AppError('file.dangerous')
  return size === 'broken' ? unknown : { ...plain, ...size }
}

const inspectPlayable = async (
  workshop: Workshop<MediaJobs>,
  path: string,
  plain: InspectedFile,
): Promise<InspectedFile> => {
  const media = await workshop.run('measurePlayable', { path }, limits.measurePlayable).catch(whenLost('slow' as const))
  if (media === 'slow') return plain
  if (media === undefined) return unknown
  const { hasVideo, ...measures } = media
  return { ...typeByTracks(plain, hasVideo), ...measures }
}

/** One container holds both; what it is depends on whether there is anything to see. */
const typeByTracks = ({ contentType, category }: InspectedFile, hasVideo: boolean) => {
  if (category === 'video' && hasVideo) return { contentType, category }
  const other = contentType.replace(/^\w+/, hasVideo ? 'video' : 'audio')
  return fileTypeOf(other).category === 'other'
    ? { contentType, category }
    : { contentType: other, category: fileTypeOf(other).category }
}

const inspectArchive = async (
  workshop: Workshop<MediaJobs>,
  path: string,
  plain: InspectedFile,
): Promise<InspectedFile> => {
  const lost = { danger: 'It takes too long to look into.' }
  const verdict = await workshop.run('checkArchive', { path }, limits.checkArchive).catch(whenLost(lost))
  if (verdict === 'fine') return plain
  if (verdict === 'broken') return unknown
  throw new AppError('file.dangerous', { message: `The file was refused: ${lowerFirst(verdict.danger)}` })
}

const lowerFirst = (sentence: string): string => sentence.slice(0, 1).toLowerCase() + sentence.slice(1)

/** What is taken for the answer where the file broke its process or took too long. Other failures are faults of ours. */
const whenLost =
  <Answer>(answer: Answer) =>
  (error: unknown): Answer => {
    if (error instanceof JobLost) return answer
    throw error
  }
