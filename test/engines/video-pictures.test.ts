/** Pictures and measures of videos, over HTTP: what the tool for videos makes of real ones, and of those that would harm it. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { colourAt } from '../acceptance/files/samples.ts'
import { type FilesWorld, openFilesWorld, uploaded } from '../acceptance/files/world.ts'

let world: FilesWorld
let folder: string
beforeAll(async () => {
  world = await openFilesWorld()
  folder = mkdtempSync(path.join(tmpdir(), 'parlance-videos-'))
})
afterAll(async () => {
  await world.close()
  rmSync(folder, { recursive: true })
})

/** Two seconds: red above blue, then only green, with or without a tone. */
const video = (name: string, ...options: string[]): Buffer => {
  const file = path.join(folder, name)
  const picture = 'color=red:s=320x160:d=1:r=10[a];color=green:s=320x160:d=1:r=10[b]'
  const drawn = `${picture};[a]drawbox=y=80:h=80:color=blue:t=fill[c];[c][b]concat,format=yuv420p`
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-filter_complex', drawn, ...options, file])
  return readFileSync(file)
}
const picture = async (id: string, what: string) => {
  const response = await fetch(`${world.server.url}/api/files/${id}/${what}`, {
    headers: { authorization: `Bearer ${world.ada.token}` },
  })
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) }
}

it.each([
  ['clip.mp4', 'video/mp4', ['-c:v', 'libx264']],
  ['clip.webm', 'video/webm', ['-c:v', 'libvpx']],
  ['clip.mkv', 'video/matroska', ['-c:v', 'libx264']],
  ['clip.mov', 'video/quicktime', ['-c:v', 'libx264']],
])('a video has a duration, a size and its first frame: %s', async (name, contentType, options) => {
  const file = await uploaded(world.ada, world.team, video(name, ...options), name)
  expect(file).toMatchObject({ contentType, category: 'video', thumbnailUrl: `/api/files/${file.id}/thumbnail` })
  const { status, bytes } = await picture(file.id, 'thumbnail?size=large')
  expect(status).toBe(200)
  expect(await sharp(bytes).metadata()).toMatchObject({ format: 'webp', width: 320, height: 160 })
  expect([await colourAt(bytes, 0.5, 0.2), await colourAt(bytes, 0.5, 0.8)]).toEqual(['red', 'blue'])
  expect(file.dimensions).toEqual({ width: 320, height: 160 })
  expect(file.duration).toBeCloseTo(2, 0)
})

it('a video whose measures can not be read has its first frame all the same', async () => {
  const file = await uploaded(world.ada, world.team, video('clip.ogv', '-c:v', 'libtheora'), 'clip.ogv')
  expect(file).toMatchObject({ contentType: 'video/ogg', category: 'video', dimensions: null, duration: null })
  const { bytes } = await picture(file.id, 'thumbnail')
  expect(await sharp(bytes).metadata()).toMatchObject({ width: 200, height: 100 })
})

it('a video that was taken sideways is upright', async () => {
  const bytes = video('flat.mp4', '-c:v', 'libx264')
  // The matrix in the header of the track: a quarter turn clockwise (ISO/IEC 14496-12, 8.3.2 and 6.2.2).
  const matrix = bytes.indexOf('tkhd') + 44
  const turn = [0, 1, 0, -1, 0, 0, 160, 0]
  turn.forEach((value, at) => bytes.writeInt32BE(value * 0x1_00_00, matrix + 4 * at))
  const file = await uploaded(world.ada, world.team, bytes, 'turned.mp4')
  expect(file.dimensions).toEqual({ width: 160, height: 320 })
  const preview = await picture(file.id, 'preview')
  expect(await sharp(preview.bytes).metadata()).toMatchObject({ width: 160, height: 320 })
  // What was above is to the right.
  expect(await colourAt(preview.bytes, 0.8, 0.5)).toBe('red')
  expect(await colourAt(preview.bytes, 0.2, 0.5)).toBe('blue')
})

it('sound in the same container is sound, and has no picture', async () => {
  const file = path.join(folder, 'tone.mp4')
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'sine=d=3', '-c:a', 'aac', file])
  const stored = await uploaded(world.ada, world.team, readFileSync(file), 'tone.mp4')
  expect(stored).toMatchObject({ contentType: 'audio/mp4', category: 'audio', thumbnailUrl: null, dimensions: null })
  expect(stored.duration).toBeCloseTo(3, 0)
  expect((await picture(stored.id, 'thumbnail')).status).toBe(404)
})

it('a video that is cut off or broken has no picture, or the one that is left of it', async () => {
  const whole = video('whole.mp4', '-c:v', 'libx264', '-movflags', 'faststart')
  for (const share of [0.2, 0.5, 0.9]) {
    const file = await uploaded(world.ada, world.team, whole.subarray(0, whole.length * share), 'cut.mp4')
    expect([200, 404]).toContain((await picture(file.id, 'thumbnail')).status)
  }
})

it('a video that names other files or addresses is not followed', async () => {
  let hits = 0
  const listener = net.createServer((socket) => {
    hits++
    socket.destroy()
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const outside = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/canary.mp4`
  // A reference to media elsewhere (QuickTime File Format, data reference atom): the same length, so that offsets stay.
  const bytes = Buffer.from(video('reference.mov', '-c:v', 'libx264'))
  const entry = bytes.indexOf('url \0\0\0\x01', 0, 'latin1')
  expect(entry).toBeGreaterThan(0)
  bytes[entry + 7] = 0
  const playlist = Buffer.from(`#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\n${outside}\n#EXT-X-ENDLIST\n`)
  const behindMagic = Buffer.concat([video('start.mp4', '-c:v', 'libx264').subarray(0, 64), playlist])
  for (const content of [bytes, behindMagic, playlist]) {
    const file = await uploaded(world.ada, world.team, content, 'reference.mov')
    expect([200, 404]).toContain((await picture(file.id, 'thumbnail')).status)
  }
  listener.close()
  expect(hits).toBe(0)
})
