/** Sound and video into each other; what came out is read by ffprobe. */
import { describe, expect, it } from 'vitest'
import { formatOfOutput } from '#server/features/conversion/formats.ts'
import { convert, failureOf, openCanary, sandbox, using } from './for-tests.ts'
import { mediaEngine } from './media.ts'

const engine = mediaEngine(sandbox)

const tone = ['-f', 'lavfi', '-i', 'sine=d=1']
const pictures = ['-f', 'lavfi', '-i', 'testsrc=d=1:s=176x144:r=25']
const made = async (name: string, ...options: string[]): Promise<Buffer> =>
  (await using('ffmpeg', ['-v', 'error', ...options, `$out.${name}`])).bytes
const makers: Record<string, () => Promise<Buffer>> = {
  ...Object.fromEntries(
    ['mp3', 'wav', 'flac', 'opus', 'm4a', 'aac', 'aiff', 'wma'].map((each) => [each, () => made(each, ...tone)]),
  ),
  ogg: () => made('ogg', ...tone, '-c:a', 'libvorbis'),
  weba: () => made('webm', ...tone, '-c:a', 'libopus'),
  ...Object.fromEntries(
    ['webm', 'mkv', 'avi', 'mpg', 'flv', 'ogv', 'wmv'].map((each) => [
      each,
      () => made(each, ...pictures, ...tone, ...(each === 'wmv' || each === 'mpg' ? ['-b:v', '1M'] : [])),
    ]),
  ),
  ...Object.fromEntries(
    ['mp4', 'mov'].map((each) => [each, () => made(each, ...pictures, ...tone, '-pix_fmt', 'yuv420p')]),
  ),
  '3gp': () => made('3gp', ...pictures, ...tone, '-c:v', 'h263', '-c:a', 'aac'),
  gif: () => made('gif', ...pictures),
}
const kept = new Map<string, Promise<Buffer>>()
/** One second of each format, made once; a copy for whoever changes it. */
const sample = async (format: string): Promise<Buffer> => {
  if (!kept.has(format)) kept.set(format, makers[format]!())
  return Buffer.from(await kept.get(format)!)
}

interface Stream {
  readonly codec_name: string
  readonly codec_type: string
  readonly width?: number
}
const probed = async (bytes: Buffer) => {
  const { told } = await using('ffprobe', ['-v', 'error', '-show_format', '-show_streams', '-of', 'json', '$in'], bytes)
  const { format, streams } = JSON.parse(told) as {
    readonly format: { readonly duration: string; readonly tags?: Record<string, string> }
    readonly streams: readonly Stream[]
  }
  return { seconds: Number(format.duration), tags: format.tags ?? {}, streams }
}
const sounds = ['mp3', 'wav', 'flac', 'ogg', 'opus', 'm4a']

/** Every reader and every writer: all outputs of one sound, one video and one moving picture, and the first two of each other. */
const pairs = engine.conversions.flatMap(({ from: [from = ''], to }) =>
  (['wav', 'mp4', 'gif'].includes(from) ? to : to.slice(0, 2)).map((each) => [from, each]),
)
it.each(pairs)('%s becomes %s', async (from, to) => {
  const { bytes, name } = await convert(engine, await sample(from), from, to)
  expect([name, formatOfOutput(to, bytes)?.id]).toEqual([`out.${to}`, to])
  const { seconds, streams } = await probed(bytes)
  expect(Math.abs(seconds - 1)).toBeLessThan(0.25)
  const kinds = streams.map((stream) => stream.codec_type)
  if (sounds.includes(to)) expect(kinds).toEqual(['audio'])
  else expect(kinds).toEqual(to === 'gif' || from === 'gif' ? ['video'] : ['video', 'audio'])
  if (!sounds.includes(to)) expect(streams[0]?.width).toBe(176)
})

describe('a conversion', () => {
  it('loses nothing where what is inside fits', async () => {
    const mp4 = await sample('mp4')
    const packets = async (bytes: Buffer) =>
      (
        await using(
          'ffmpeg',
          ['-v', 'error', '-i', '$in', '-c', 'copy', '-an', '-bsf:v', 'h264_mp4toannexb', '-f', 'md5', '-'],
          bytes,
        )
      ).told
    expect(await packets((await convert(engine, mp4, 'mp4', 'mov')).bytes)).toBe(await packets(mp4))
  })
  it('tells how far it is', async () => {
    const long = await made('wav', '-f', 'lavfi', '-i', 'sine=d=60:r=8000')
    const told: number[] = []
    await convert(engine, long, 'wav', 'opus', { onProgress: (share) => told.push(share) })
    expect(told.length).toBeGreaterThan(1)
    expect(told).toEqual(told.toSorted((one, other) => one - other))
    expect(told.every((share) => share >= 0 && share <= 1)).toBe(true)
    expect(told.at(-1)).toBeCloseTo(1, 1)
  })
  it('keeps the names of a song, and tells nothing of where a video was taken', async () => {
    const song = await made('flac', ...tone, '-metadata', 'title=Tiếng Việt', '-metadata', 'artist=somebody')
    expect((await probed((await convert(engine, song, 'flac', 'mp3')).bytes)).tags).toMatchObject({
      title: 'Tiếng Việt',
    })
    const taken = await made(
      'mov',
      ...pictures,
      '-metadata',
      'location=+48.8577+002.2950/',
      '-movflags',
      'use_metadata_tags',
    )
    expect(taken.includes('+48.8577')).toBe(true)
    expect((await convert(engine, taken, 'mov', 'mp4')).bytes.includes('+48.8577')).toBe(false)
  })
  it('of a cover is none: it is a picture of a song', async () => {
    const song = await made(
      'm4a',
      ...tone,
      ...pictures,
      '-map',
      '0',
      '-map',
      '1',
      '-frames:v',
      '1',
      '-c:v',
      'mjpeg',
      '-disposition:v',
      'attached_pic',
    )
    expect((await probed((await convert(engine, song, 'm4a', 'mp3')).bytes)).streams).toHaveLength(1)
    expect(await failureOf(engine, song, 'mp4', 'webm')).toBe('refused')
  })
  it('that is stopped ends', async () => {
    const long = await made('wav', '-f', 'lavfi', '-i', 'sine=d=900:r=8000')
    const stop = new AbortController()
    const ended = failureOf(engine, long, 'wav', 'mp3', { signal: stop.signal, onProgress: () => stop.abort() })
    expect(await ended).toBe('cancelled')
  })
  it('to a moving picture is for short videos', async () => {
    const long = await made('mkv', '-f', 'lavfi', '-i', 'color=red:d=70:s=16x16:r=1')
    expect(await failureOf(engine, long, 'mkv', 'gif')).toBe('too_large')
  })
})

describe('what is refused', () => {
  it.each(['mp3', 'wav', 'flac', 'mp4', 'webm', 'avi'])('a %s file that is empty, or none', async (from) => {
    for (const content of ['', 'words and no sound', '\0'.repeat(5000)]) {
      expect(await failureOf(engine, content, from, from === 'ogg' ? 'mp3' : 'ogg')).toBe('refused')
    }
  })
  it('a video that is cut off before it says where its pictures are', async () => {
    const whole = await sample('mp4')
    expect(await failureOf(engine, whole.subarray(0, whole.length / 2), 'mp4', 'webm')).toBe('refused')
  })
  it('a file without what was asked for', async () => {
    expect(await failureOf(engine, await made('mp4', ...pictures), 'mp4', 'mp3')).toBe('refused')
    expect(await failureOf(engine, await made('mp4', ...tone), 'mp4', 'webm')).toBe('refused')
    expect(await failureOf(engine, await made('mp4', ...tone), 'mp4', 'gif')).toBe('refused')
  })
  it('a file that is another than it is said to be', async () => {
    expect(await failureOf(engine, await sample('wav'), 'mp4', 'mp3')).toBe('refused')
    expect(await failureOf(engine, await sample('mp4'), 'mkv', 'webm')).toBe('refused')
  })
})

it('what names other files and addresses is not followed', async () => {
  const canary = await openCanary()
  const playlist = (url: string) => `#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\n${url}\n#EXT-X-ENDLIST\n`
  const concat = `ffconcat version 1.0\nfile 'file://${canary.file}'\nfile '${canary.url}'\n`
  const hostile = [
    playlist(canary.url),
    playlist(`concat:${canary.url}|file://${canary.file}`),
    playlist(`file://${canary.file}`),
    concat,
    `<?xml version="1.0"?><MPD><Period><BaseURL>${canary.url}</BaseURL></Period></MPD>`,
    `[playlist]\nFile1=${canary.url}\n`,
    `v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio ${new URL(canary.url).port} RTP/AVP 0\n`,
  ]
  const start = (await sample('mp4')).subarray(0, 64)
  for (const content of hostile) {
    for (const from of ['mp4', 'avi', 'mp3', 'mkv']) {
      const to = from === 'mp3' ? 'wav' : 'mp3'
      expect(await failureOf(engine, content, from, to)).toBe('refused')
    }
    expect(await failureOf(engine, Buffer.concat([start, Buffer.from(content)]), 'mp4', 'gif')).toBe('refused')
  }
  // A reference to media elsewhere (QuickTime File Format, data reference atom): the same length, so that offsets stay.
  const bytes = await sample('mov')
  const entry = bytes.indexOf('url \0\0\0\x01', 0, 'latin1')
  bytes[entry + 7] = 0
  await failureOf(engine, bytes, 'mov', 'webm')
  expect(canary.hits()).toBe(0)
  await canary.close()
})
