/** Sound and video, by ffmpeg in the sandbox. It never guesses what a file is: playlists would make it open what they name. */
import os from 'node:os'
import { type Engine, EngineFailure, type EngineTask, type FormatId } from '#server/features/conversion/index.ts'
import { allPairs } from './all-pairs.ts'
import { areInstalled, inSandbox, type Workplace } from './in-sandbox.ts'
import type { Sandbox } from './sandbox.ts'

const MB = 1024 ** 2
const limits = { timeMs: 15 * 60_000, memoryBytes: 2048 * MB, folderBytes: 4096 * MB }

/** Which reader of ffmpeg opens what. */
const demuxers: Readonly<Record<FormatId, string>> = {
  mp3: 'mp3',
  wav: 'wav',
  flac: 'flac',
  ogg: 'ogg',
  opus: 'ogg',
  m4a: 'mov',
  aac: 'aac',
  aiff: 'aiff',
  weba: 'matroska',
  wma: 'asf',
  mp4: 'mov',
  mov: 'mov',
  '3gp': 'mov',
  webm: 'matroska',
  mkv: 'matroska',
  avi: 'avi',
  mpg: 'mpeg',
  flv: 'flv',
  ogv: 'ogg',
  wmv: 'asf',
  gif: 'gif',
}

interface Track {
  /** What a track is written with. */
  readonly encoder: readonly string[]
  /** Codecs that fit as they are: nothing is lost, and it takes no time. */
  readonly kept: readonly string[]
}
interface Container {
  readonly muxer: readonly string[]
  readonly sound: Track
  readonly video?: Track
}

const evenSides = 'scale=trunc(iw/2)*2:trunc(ih/2)*2'
const h264: Track = {
  encoder: ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '22', '-pix_fmt', 'yuv420p', '-vf', evenSides],
  kept: ['h264'],
}
const vp9: Track = {
  encoder: [
    '-c:v',
    'libvpx-vp9',
    '-deadline',
    'realtime',
    '-cpu-used',
    '6',
    '-row-mt',
    '1',
    '-crf',
    '32',
    '-b:v',
    '0',
  ].concat('-pix_fmt', 'yuv420p', '-vf', evenSides),
  kept: ['vp8', 'vp9', 'av1'],
}
const mpeg4: Track = { encoder: ['-c:v', 'mpeg4', '-q:v', '4', '-vf', evenSides], kept: ['mpeg4'] }
const aac: Track = { encoder: ['-c:a', 'aac', '-b:a', '192k'], kept: ['aac'] }
const mp3: Track = { encoder: ['-c:a', 'libmp3lame', '-q:a', '2'], kept: ['mp3'] }
const vorbis: Track = { encoder: ['-c:a', 'libvorbis', '-q:a', '5'], kept: ['vorbis'] }
const opus: Track = { encoder: ['-c:a', 'libopus', '-b:a', '128k'], kept: ['opus'] }
/** The beginning of the file says where everything is: it plays before all of it is there. */
const fastStart = ['-movflags', '+faststart']

const containers: Readonly<Record<FormatId, Container>> = {
  mp3: { muxer: ['-f', 'mp3'], sound: mp3 },
  wav: { muxer: ['-f', 'wav'], sound: { encoder: ['-c:a', 'pcm_s16le'], kept: [] } },
  flac: { muxer: ['-f', 'flac'], sound: { encoder: ['-c:a', 'flac'], kept: ['flac'] } },
  ogg: { muxer: ['-f', 'ogg'], sound: vorbis },
  opus: { muxer: ['-f', 'opus'], sound: opus },
  m4a: { muxer: ['-f', 'ipod', ...fastStart], sound: aac },
  mp4: { muxer: ['-f', 'mp4', ...fastStart], sound: aac, video: h264 },
  mov: { muxer: ['-f', 'mov', ...fastStart], sound: aac, video: h264 },
  mkv: { muxer: ['-f', 'matroska'], sound: aac, video: h264 },
  webm: { muxer: ['-f', 'webm'], sound: { ...opus, kept: ['opus', 'vorbis'] }, video: vp9 },
  avi: { muxer: ['-f', 'avi'], sound: mp3, video: mpeg4 },
}

const sounds = ['mp3', 'wav', 'flac', 'ogg', 'opus', 'm4a']
const videos = ['mp4', 'webm', 'mkv', 'mov', 'avi']

/** A moving picture of more would be larger than the video itself. */
const LONGEST_GIF_SECONDS = 60
const gifFilter =
  "fps=12,scale='min(480,iw)':-2:flags=lanczos,split[pictures][sample];[sample]palettegen[palette];" +
  '[pictures][palette]paletteuse'

export const mediaEngine = (sandbox: Sandbox): Engine => ({
  id: 'media',
  name: 'Sound and video',
  description: 'Sound and video into other formats, sound out of videos, short videos into moving pictures.',
  packages: ['bubblewrap', 'ffmpeg'],
  conversions: [
    ...allPairs([...sounds, 'aac', 'aiff', 'weba', 'wma'], sounds),
    ...allPairs([...videos, 'mpg', '3gp', 'flv', 'ogv', 'wmv'], [...videos, 'gif', ...sounds]),
    ...allPairs(['gif'], ['mp4', 'webm']),
  ],
  concurrency: 1,
  timeoutMs: limits.timeMs,
  maxBytes: 100 * MB,
  isInstalled: () => areInstalled(sandbox, ['ffmpeg', 'ffprobe']),
  convert: (task) =>
    inSandbox(sandbox, task, limits, async (place) => {
      const input = ['-protocol_whitelist', 'file,pipe', '-f', demuxers[task.from] ?? '', '-i', `file:${place.input}`]
      const media = await probe(place, input)
      const output = `out.${task.to}`
      const { code } = await place.run({
        program: 'ffmpeg',
        args: [
          ['-nostdin', '-v', 'error', '-progress', 'pipe:1', '-stats_period', '0.5', ...input],
          ['-threads', `${Math.min(os.availableParallelism(), 8)}`, '-sn', '-dn', ...optionsFor(media, task)],
          [`file:/job/${output}`],
        ].flat(),
        onLine: tellProgress(media.seconds, task),
      })
      if (code !== 0) throw unreadable()
      return output
    }),
  close: () => Promise.resolve(),
})

const unreadable = (): EngineFailure => new EngineFailure('refused', 'The file is damaged, or can’t be played here.')

// ---- what is in the file

interface Media {
  /** NaN where the file does not say. */
  readonly seconds: number
  /** Names of codecs; undefined without such a track. A picture of the cover is none. */
  readonly video: string | undefined
  readonly sound: string | undefined
  /** Not every container says that a video is to be turned. */
  readonly isTurned: boolean
  /** Eight bits and quarter colours, which everything shows. */
  readonly isPlain: boolean
}

interface Stream {
  readonly codec_type?: string
  readonly codec_name?: string
  readonly pix_fmt?: string
  readonly disposition?: { readonly attached_pic?: number }
  readonly side_data_list?: readonly { readonly rotation?: number }[]
}

const probe = async ({ run }: Workplace, input: readonly string[]): Promise<Media> => {
  const asked =
    'format=duration:stream=codec_type,codec_name,pix_fmt:stream_disposition=attached_pic:stream_side_data=rotation'
  const { code, stdout } = await run({
    program: 'ffprobe',
    args: ['-v', 'error', ...input, '-show_entries', asked, '-of', 'json'],
    limits: { timeMs: 30_000, outputBytes: MB },
  })
  if (code !== 0) throw unreadable()
  const { streams = [], format } = JSON.parse(stdout.toString()) as {
    readonly streams?: readonly Stream[]
    readonly format?: { readonly duration?: string }
  }
  const video = streams.find((each) => each.codec_type === 'video' && each.disposition?.attached_pic !== 1)
  return {
    seconds: Number(format?.duration),
    video: video?.codec_name,
    sound: streams.find((each) => each.codec_type === 'audio')?.codec_name,
    isTurned: video?.side_data_list?.some(({ rotation = 0 }) => rotation !== 0) ?? false,
    isPlain: video?.pix_fmt === 'yuv420p',
  }
}

// ---- what becomes of it

const optionsFor = (media: Media, { to }: EngineTask): string[] => {
  if (to === 'gif') {
    if (media.video === undefined) throw new EngineFailure('refused', 'There is nothing to see in the file.')
    if (media.seconds > LONGEST_GIF_SECONDS) {
      throw new EngineFailure(
        'too_large',
        `Moving pictures are made of videos of up to ${LONGEST_GIF_SECONDS} seconds.`,
      )
    }
    return ['-map', '0:V:0', '-map_metadata', '-1', '-an', '-vf', gifFilter, '-f', 'gif']
  }
  const container = containers[to]
  if (container === undefined) throw new EngineFailure('refused', `Nothing makes ${to}.`)
  const { muxer, sound, video } = container
  if (video === undefined) {
    if (media.sound === undefined) throw new EngineFailure('refused', 'There is nothing to hear in the file.')
    // Title and performer go along.
    return ['-map', '0:a:0', '-vn', ...trackOptions(sound, media.sound, ['-c:a', 'copy']), ...muxer]
  }
  if (media.video === undefined) throw new EngineFailure('refused', 'There is nothing to see in the file.')
  const seen = media.isTurned || !media.isPlain ? video.encoder : trackOptions(video, media.video, ['-c:v', 'copy'])
  const heard = media.sound === undefined ? ['-an'] : trackOptions(sound, media.sound, ['-c:a', 'copy'])
  // Cameras write down where they were.
  return ['-map', '0:V:0', '-map', '0:a:0?', '-map_metadata', '-1', ...seen, ...heard, ...muxer]
}

const trackOptions = ({ encoder, kept }: Track, codec: string, copy: readonly string[]): readonly string[] =>
  kept.includes(codec) ? copy : encoder

/** @returns what hears the lines of `-progress`: `out_time_us` is the position in the output, in microseconds */
const tellProgress =
  (seconds: number, { onProgress }: EngineTask) =>
  (line: string): void => {
    const microseconds = Number(/^out_time_us=(\d+)/.exec(line)?.[1])
    const share = microseconds / 1e6 / seconds
    if (Number.isFinite(share)) onProgress(Math.min(share, 1))
  }
