/** How long videos and sound play, and how large videos are; it decodes nothing. */
import { statSync } from 'node:fs'
import { ADTS, FilePathSource, FLAC, Input, MATROSKA, MP3, MP4, MPEG_TS, OGG, QTFF, WAVE, WEBM } from 'mediabunny'

export interface Playable {
  readonly hasVideo: boolean
  /** Pixels as they are shown, rotation applied; null without video. */
  readonly width: number | null
  readonly height: number | null
  /** Seconds; null where the file doesn't tell. */
  readonly durationSeconds: number | null
}

/** Not every format that the library knows: playlists would make it open what they name. */
const formats = [MP4, QTFF, MATROSKA, WEBM, MP3, WAVE, OGG, ADTS, FLAC, MPEG_TS]

/** Above this size a file that doesn't say its duration isn't read to the end for it. */
const MOST_READ = 256 * 1024 * 1024

/** @returns undefined when it can't be read as any of the formats */
export const measurePlayable = async (path: string): Promise<Playable | undefined> => {
  const source = new FilePathSource(path, { handleUnhandledError: () => undefined })
  const input = new Input({ formats, source })
  try {
    const video = await input.getPrimaryVideoTrack()
    const hasSound = (await input.getPrimaryAudioTrack()) !== null
    if (video === null && !hasSound) return undefined
    const told = await input.getDurationFromMetadata(undefined, { skipLiveWait: true })
    const duration =
      told ?? (statSync(path).size <= MOST_READ ? await input.computeDuration(undefined, { skipLiveWait: true }) : null)
    return {
      hasVideo: video !== null,
      width: video && sane(await video.getDisplayWidth()),
      height: video && sane(await video.getDisplayHeight()),
      durationSeconds: duration !== null && Number.isFinite(duration) && duration > 0 ? duration : null,
    }
  } catch {
    return undefined
  } finally {
    input.dispose()
  }
}

/** What fits the database; hostile headers say anything. */
const sane = (pixels: number): number | null =>
  Number.isFinite(pixels) && pixels >= 1 && pixels <= 65_535 ? Math.round(pixels) : null
