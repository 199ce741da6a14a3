/** GET /api/files/{fileId}/thumbnail and /preview: what they show, to whom, and that nothing of the original comes along. */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestPerson } from '#test/support/server.ts'
import { send } from '#test/support/server.ts'
import { seed1Failure } from '../surfaces/holding.ts'
import { colourAt, pdfOf, photo, redOverBlue } from './samples.ts'
import { type FilesWorld, keptIn, noise, openFilesWorld, uploaded } from './world.ts'

let world: FilesWorld
beforeAll(async () => {
  world = await openFilesWorld()
})
afterAll(() => world.close())

interface Shown {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Buffer
}

const show = async (
  address: string,
  by: TestPerson = world.ada,
  headers: Record<string, string> = {},
): Promise<Shown> => {
  const response = await fetch(`${world.server.url}/api/files/${address}`, {
    headers: { authorization: `Bearer ${by.token}`, ...headers },
  })
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) }
}
/** Shows what must be there. */
const shown = async (address: string): Promise<Shown> => {
  const answer = await show(address)
  expect(answer.status, answer.bytes.toString('utf8', 0, 300)).toBe(200)
  return answer
}
const sizeOf = async ({ bytes }: Shown) => {
  const { format, width, height } = await sharp(bytes).metadata()
  return [format, width, height]
}
const noPicture = async (address: string) => {
  const { status, bytes } = await show(address)
  expect([status, JSON.parse(bytes.toString()).detail]).toEqual([404, 'There is no picture of this file.'])
}
const keep = async (bytes: Uint8Array | string, name: string) => (await uploaded(world.ada, world.team, bytes, name)).id

describe('a picture of a picture', () => {
  it('is WebP with the longer side of 100, 200 or 400 pixels, or 1600 to read by', async () => {
    const id = await keep(await redOverBlue(3000, 1500).png().toBuffer(), 'wide.png')
    expect(await sizeOf(await shown(`${id}/thumbnail?size=small`))).toEqual(['webp', 100, 50])
    expect(await sizeOf(await shown(`${id}/thumbnail?size=medium`))).toEqual(['webp', 200, 100])
    expect(await sizeOf(await shown(`${id}/thumbnail`))).toEqual(['webp', 200, 100])
    expect(await sizeOf(await shown(`${id}/thumbnail?size=large`))).toEqual(['webp', 400, 200])
    expect(await sizeOf(await shown(`${id}/preview`))).toEqual(['webp', 1600, 800])
  })
  it('is never larger than the picture', async () => {
    const id = await keep(await redOverBlue(30, 60).png().toBuffer(), 'little.png')
    expect(await sizeOf(await shown(`${id}/thumbnail?size=large`))).toEqual(['webp', 30, 60])
    expect(await sizeOf(await shown(`${id}/preview`))).toEqual(['webp', 30, 60])
  })
  it.each(['jpeg', 'png', 'gif', 'webp', 'tiff', 'avif'] as const)('is made of %s', async (format) => {
    const id = await keep(await redOverBlue(300, 300).toFormat(format).toBuffer(), `picture.${format}`)
    const small = await shown(`${id}/thumbnail?size=small`)
    expect(await sizeOf(small)).toEqual(['webp', 100, 100])
    expect([await colourAt(small.bytes, 0.5, 0.1), await colourAt(small.bytes, 0.5, 0.9)]).toEqual(['red', 'blue'])
  })
  // Where the top of the sensor's picture is after each of the eight (Exif 2.32, 4.6.4 A, Orientation).
  it.each([
    [1, 'up'],
    [2, 'up'],
    [3, 'down'],
    [4, 'down'],
    [5, 'left'],
    [6, 'right'],
    [7, 'right'],
    [8, 'left'],
  ])(
    'is upright where a camera was held as orientation %i says, and tells nothing of where it was',
    async (orientation, top) => {
      const original = await photo(400, 200, orientation)
      expect(original.includes('Canary Camera')).toBe(true)
      const file = await uploaded(world.ada, world.team, original, 'photo.jpg')
      const isTurned = orientation > 4
      expect(file.dimensions).toEqual(isTurned ? { width: 200, height: 400 } : { width: 400, height: 200 })
      for (const address of [`${file.id}/thumbnail`, `${file.id}/preview`]) {
        const picture = await shown(address)
        const { width, height, exif, icc, xmp, iptc } = await sharp(picture.bytes).metadata()
        expect(width < height).toBe(isTurned)
        expect([exif, icc, xmp, iptc]).toEqual([undefined, undefined, undefined, undefined])
        expect(picture.bytes.includes('Canary')).toBe(false)
        const places = { up: [0.5, 0.1], down: [0.5, 0.9], left: [0.1, 0.5], right: [0.9, 0.5] } as const
        const [x, y] = places[top as keyof typeof places]
        expect(await colourAt(picture.bytes, x, y)).toBe('red')
        expect(await colourAt(picture.bytes, 1 - x, 1 - y)).toBe('blue')
      }
    },
  )
  it('that moves is its first frame', async () => {
    const frames = await Promise.all(
      ['#0f0', '#f00', '#00f'].map((background) =>
        sharp({ create: { width: 64, height: 64, channels: 3, background } })
          .png()
          .toBuffer(),
      ),
    )
    const animation = sharp(frames, { join: { animated: true } })
    for (const format of ['gif', 'webp'] as const) {
      const file = await uploaded(world.ada, world.team, await animation.toFormat(format).toBuffer(), `a.${format}`)
      expect(file.dimensions).toEqual({ width: 64, height: 64 })
      const { bytes } = await shown(`${file.id}/thumbnail`)
      expect((await sharp(bytes).metadata()).pages ?? 1).toBe(1)
      expect(await colourAt(bytes, 0.5, 0.5)).toBe('green')
    }
  })
  it('that is seen through stays so', async () => {
    const picture = sharp({
      create: { width: 50, height: 50, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } },
    })
    const { bytes } = await shown(`${await keep(await picture.png().toBuffer(), 'glass.png')}/thumbnail`)
    const { channels } = await sharp(bytes).stats()
    expect(channels[3]).toMatchObject({ min: 0, max: 0 })
  })
})

describe('a drawing (SVG)', () => {
  const svg = (body: string, attributes = 'width="20" height="10"') =>
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ${attributes}>${body}</svg>`

  it('is drawn as large as it is wanted', async () => {
    const id = await keep(svg('<rect width="20" height="5" fill="red"/>'), 'drawing.svg')
    const large = await shown(`${id}/thumbnail?size=large`)
    expect(await sizeOf(large)).toEqual(['webp', 400, 200])
    expect(await colourAt(large.bytes, 0.5, 0.1)).toBe('red')
  })
  it('fetches nothing, neither from the network nor from this machine, and runs nothing', async () => {
    let hits = 0
    const listener = http.createServer((_, response) => {
      hits++
      response.end()
    })
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const { port } = listener.address() as AddressInfo
    const outside = `http://127.0.0.1:${port}`
    const red = await sharp({ create: { width: 9, height: 9, channels: 3, background: '#f00' } })
      .png()
      .toBuffer()
    const own = await uploaded(world.ada, world.team, red, 'red.png')
    const onDisk = `file://${world.server.dataDir}/blobs`
    for (const body of [
      `<image href="${outside}/a.png" width="20" height="10"/>`,
      `<image xlink:href="${outside}/b.png" width="20" height="10"/>`,
      `<image href="${onDisk}/${own.id}" width="20" height="10"/><image href="file:///etc/passwd" width="9" height="9"/>`,
      `<style>@import url(${outside}/c.css); rect { fill: url(${outside}/d.svg#x) } @font-face { font-family: f; src: url(${outside}/e.woff) }</style><rect width="20" height="10"/>`,
      `<use href="${outside}/f.svg#x"/><text font-family="f">x</text>`,
      `<foreignObject width="20" height="10"><img xmlns="http://www.w3.org/1999/xhtml" src="${outside}/g.png"/></foreignObject>`,
      `<script>fetch("${outside}/h")</script><script href="${outside}/i.js"/>`,
      `<filter id="x"><feImage href="${outside}/j.png"/></filter><rect width="20" height="10" filter="url(#x)"/>`,
    ]) {
      const id = await keep(svg(body), 'drawing.svg')
      const answer = await show(`${id}/thumbnail`)
      expect([200, 404]).toContain(answer.status)
      if (answer.status === 200) expect(await colourAt(answer.bytes, 0.2, 0.2)).not.toBe('red')
    }
    const entity = `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/hostname"><!ENTITY % y SYSTEM "${outside}/k.dtd"> %y;]>${svg('<text>&x;</text>')}`
    await show(`${await keep(entity, 'drawing.svg')}/thumbnail`)
    listener.close()
    expect(hits).toBe(0)
  })
  it('that grows when it is read is no picture, and takes nothing down', async () => {
    const entities = Array.from({ length: 12 }, (_, at) => `<!ENTITY e${at + 1} "${`&e${at};`.repeat(10)}">`).join('')
    const laughs = `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY e0 "ha">${entities}]>${svg('<text>&e12;</text>')}`
    const nested = svg(`${'<g>'.repeat(200_000)}${'</g>'.repeat(200_000)}`)
    for (const bomb of [laughs, nested, svg('<rect width="1" height="1"/>', 'width="1" height="1000000000"')]) {
      const answer = await world.ada.request(
        'POST',
        `/api/files?conversationId=${world.team}`,
        formOf(bomb, 'bomb.svg'),
        formType,
      )
      expect([201, 400]).toContain(answer.status)
      if (answer.status === 201 && answer.body.data[0].status === 'stored') {
        expect([200, 404]).toContain((await show(`${answer.body.data[0].file.id}/thumbnail`)).status)
      }
    }
    expect((await show(`${await keep(svg('<rect/>'), 'fine.svg')}/thumbnail`)).status).toBe(200)
  })
})

const formType = { 'content-type': 'multipart/form-data; boundary=x' }
const formOf = (content: string, name: string) =>
  Buffer.from(`--x\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n${content}\r\n--x--\r\n`)

describe('a picture of a PDF document', () => {
  it('is one page of it, and says where that stands', async () => {
    const file = await uploaded(world.ada, world.team, pdfOf(['1 0 0', '0 1 0', '0 0 1']), 'three.pdf')
    expect(file.thumbnailUrl).toBe(`/api/files/${file.id}/thumbnail`)
    for (const [at, colour] of ['red', 'green', 'blue'].entries()) {
      const page = await shown(`${file.id}/preview?page=${at + 1}`)
      expect(await sizeOf(page)).toEqual(['webp', 1200, 1600])
      expect(await colourAt(page.bytes, 0.5, 0.5)).toBe(colour)
      expect([page.headers.get('x-current-page'), page.headers.get('x-total-pages')]).toEqual([`${at + 1}`, '3'])
    }
    await noPicture(`${file.id}/preview?page=4`)
    const thumbnail = await shown(`${file.id}/thumbnail`)
    expect([await sizeOf(thumbnail), await colourAt(thumbnail.bytes, 0.5, 0.5)]).toEqual([['webp', 150, 200], 'red'])
  })
  it('says the same when it was made before', async () => {
    const id = await keep(pdfOf(['1 0 0', '0 1 0']), 'two.pdf')
    const [first, again] = [await shown(`${id}/preview?page=2`), await shown(`${id}/preview?page=2`)]
    expect(again.bytes.equals(first.bytes)).toBe(true)
    expect([again.headers.get('x-current-page'), again.headers.get('x-total-pages')]).toEqual(['2', '2'])
  })
  it('is refused for a page that no document has', async () => {
    const id = await keep(pdfOf(['1 0 0']), 'one.pdf')
    for (const page of ['0', '-1', '1.5', '10001', 'one'])
      expect((await show(`${id}/preview?page=${page}`)).status).toBe(400)
  })
  it('is none where it is broken, wants a password or has pages without end', async () => {
    await noPicture(`${await keep('%PDF-1.4\nand nothing else', 'broken.pdf')}/thumbnail`)
    const endless = pdfOf(['1 0 0']).toString().replace('/MediaBox [0 0 600 800]', '/MediaBox [0 0 1e9 1e-9]')
    const answer = await show(`${await keep(endless, 'endless.pdf')}/thumbnail`)
    expect([200, 404]).toContain(answer.status)
    const cyclic = pdfOf(['1 0 0']).toString().replace('/Kids [3 0 R]', '/Kids [2 0 R]')
    await noPicture(`${await keep(cyclic, 'cyclic.pdf')}/thumbnail`)
  })
})

describe('what has no picture', () => {
  it.each([
    ['words.txt', 'some words'],
    ['noise.bin', noise(1000)],
    ['page.html', '<!doctype html><title>x</title>'],
    ['table.csv', 'a,b\n1,2'],
  ])('is %s', async (name, bytes) => {
    const file = await uploaded(world.ada, world.team, bytes, name)
    expect(file.thumbnailUrl).toBeNull()
    await noPicture(`${file.id}/thumbnail`)
    await noPicture(`${file.id}/preview`)
  })
  it('is a second page of a picture', async () => {
    await noPicture(`${await keep(await redOverBlue(20, 20).png().toBuffer(), 'a.png')}/preview?page=2`)
  })
})

describe('who may see it', () => {
  it('is who may see the file, at any moment', async () => {
    const id = await keep(await redOverBlue(20, 20).png().toBuffer(), 'a.png')
    const { owner } = world.server.database
    for (const what of ['thumbnail', 'preview']) {
      const address = `/api/files/${id}/${what}`
      seed1Failure(await send(world.server.url, 'GET', address), 401)
      seed1Failure(await world.stranger.request('GET', address), 403)
      seed1Failure(await world.grace.request('GET', address), 403)
      seed1Failure(await world.ada.request('GET', `/api/files/${randomUUID()}/${what}`), 404)
      expect((await show(`${id}/${what}`)).status).toBe(200)
    }
    await world.send(id)
    const graces = await show(`${id}/thumbnail`, world.grace)
    expect(graces.status).toBe(200)
    await owner.query('update members set left_at = now() where user_id = $1', [world.grace.id])
    const since = { 'if-none-match': graces.headers.get('etag')! }
    expect((await show(`${id}/thumbnail`, world.grace, since)).status).toBe(403)
    await owner.query('update members set left_at = null where user_id = $1', [world.grace.id])
  })
  it('is nobody once its message was deleted', async () => {
    const id = await keep(await redOverBlue(20, 20).png().toBuffer(), 'a.png')
    const message = await world.send(id)
    await shown(`${id}/thumbnail`)
    expect((await world.ada.request('DELETE', `/api/team/messages/${message}`)).status).toBe(204)
    seed1Failure(await world.ada.request('GET', `/api/files/${id}/thumbnail`), 404)
    seed1Failure(await world.grace.request('GET', `/api/files/${id}/preview`), 404)
  })
})

describe('how it is made and sent', () => {
  it('is made once, by however many it is wanted at the same time', async () => {
    const id = await keep(pdfOf(['1 0 0']), 'wanted.pdf')
    const answers = await Promise.all(Array.from({ length: 20 }, () => shown(`${id}/preview`)))
    expect(new Set(answers.map(({ bytes }) => bytes.toString('base64'))).size).toBe(1)
    const { blobs } = await keptIn(world.server.dataDir)
    expect(blobs.filter(({ key }) => key === 'preview-1.webp').length).toBeGreaterThan(0)
  })
  it('may be kept by the browser of who saw it, and by nobody else', async () => {
    const id = await keep(await redOverBlue(20, 20).png().toBuffer(), 'tên "quả táo".png')
    const { headers, bytes } = await shown(`${id}/thumbnail`)
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'image/webp',
      'content-length': String(bytes.length),
      'cache-control': 'private, max-age=86400, immutable',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
    })
    expect(headers.get('content-disposition')).toMatch(/^inline; /)
    const etag = headers.get('etag')!
    expect((await show(`${id}/thumbnail`, world.ada, { 'if-none-match': etag })).status).toBe(304)
    expect((await shown(`${id}/thumbnail?size=small`)).headers.get('etag')).not.toBe(etag)
    expect((await shown(`${id}/preview`)).headers.get('etag')).not.toBe(etag)
  })
  it('goes with its file, and leaves nothing in the store', async () => {
    const id = await keep(await redOverBlue(20, 20).png().toBuffer(), 'a.png')
    await shown(`${id}/thumbnail`)
    await shown(`${id}/preview`)
    expect((await world.ada.request('DELETE', `/api/files/${id}`)).status).toBe(204)
    seed1Failure(await world.ada.request('GET', `/api/files/${id}/thumbnail`), 404)
  })
  it('says so where the words of the request are wrong', async () => {
    const id = await keep(await redOverBlue(20, 20).png().toBuffer(), 'a.png')
    for (const query of ['thumbnail?size=huge', 'thumbnail?size=100', 'preview?size=small', 'thumbnail?page=1'])
      seed1Failure(await world.ada.request('GET', `/api/files/${id}/${query}`), 400)
  })
})
