/** Uploads that are made to harm whoever opens them: what they are is seen, and what is refused leaves nothing. */
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nestedZip, zipOf } from '#server/adapters/media/archives-for-tests.ts'
import { blackPng, lyingJpeg, makeSamples, PDF } from '#server/adapters/media/samples-for-tests.ts'
import type { TestPerson } from '#test/support/server.ts'
import { type Behaviour, type ScriptedClamd, startScriptedClamd } from '#test/support/scripted-clamd.ts'
import { seed1Failure } from '../surfaces/holding.ts'
import { pdfOf } from './samples.ts'
import { type FilesWorld, openFilesWorld, upload, uploaded } from './world.ts'

const MB = 1024 * 1024

let world: FilesWorld
beforeAll(async () => {
  world = await openFilesWorld()
})
afterAll(() => world.close())

/** The file is refused with a sentence, and nothing of it is anywhere. */
const refused = async (bytes: Uint8Array, fileName: string, detail: RegExp) => {
  const before = [await world.rows(), await world.kept()]
  const answer = await upload(world.ada, world.team, { fileName, bytes })
  expect(seed1Failure(answer, 400).detail).toMatch(detail)
  expect([await world.rows(), await world.kept()]).toEqual(before)
}
const read = async (id: string, query: string, by: TestPerson = world.ada) => {
  const response = await fetch(`${world.server.url}/api/files/${id}${query}`, {
    headers: { authorization: `Bearer ${by.token}` },
  })
  return { headers: Object.fromEntries(response.headers), bytes: Buffer.from(await response.arrayBuffer()) }
}

describe('bombs of archives', () => {
  const zeros = Buffer.alloc(200 * MB)
  it('are refused flat, many, nested, overlapping, in gzip and in documents', async () => {
    const larger = /opened, it would be far larger than it looks/
    await refused(zipOf([{ name: 'zeros', data: zeros }]), 'flat.zip', larger)
    await refused(gzipSync(zeros), 'zeros.gz', larger)
    const sheet = { name: 'xl/worksheets/sheet1.xml', data: zeros }
    await refused(zipOf([{ name: '[Content_Types].xml', data: Buffer.from('<Types/>') }, sheet]), 'poc.xlsx', larger)
    const inner = nestedZip(1, Buffer.alloc(5 * MB))
    const layers = zipOf(Array.from({ length: 20 }, (_, at) => ({ name: `${at}.zip`, data: inner })))
    await refused(layers, 'layers.zip', larger)
    await refused(nestedZip(15), 'deep.zip', /archives within archives/)
    const shared = Array.from({ length: 100 }, (_, at) => ({
      name: `${at}`,
      data: zeros.subarray(0, 50_000),
      isShared: at > 0,
    }))
    await refused(zipOf(shared), 'overlapping.zip', /share the same bytes|larger than it looks/)
    const many = Array.from({ length: 10_001 }, (_, at) => ({ name: `${at}`, data: Buffer.alloc(0) }))
    await refused(zipOf(many), 'many.zip', /too many files/)
  })
  it('are refused where names lead out of them', async () => {
    for (const name of ['../../etc/cron.d/x', '/etc/passwd', String.raw`..\..\x`, String.raw`C:\x`]) {
      await refused(zipOf([{ name, data: Buffer.from('x') }]), 'slip.zip', /leads out/)
    }
  })
})

describe('bombs of pixels', () => {
  it('are refused by what they say, before they are unpacked', async () => {
    await refused(blackPng(17_000, 17_000), 'flood.png', /far larger than it looks/)
    await refused(await lyingJpeg(64_250, 64_250), 'lottapixel.jpg', /far larger than it looks/)
    const drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="20000" height="20000"/>'
    await refused(Buffer.from(drawing), 'flood.svg', /far larger than it looks/)
  })
})

describe('what a browser could run', () => {
  const script = '<script>parent.alert(document.domain)</script>'
  it.each([
    ['page.html', `<!doctype html>${script}`],
    ['picture.png', `<html>${script}`],
    ['page.xhtml', `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">${script}</html>`],
    ['drawing.svg', `<svg xmlns="http://www.w3.org/2000/svg">${script}</svg>`],
    ['drawing.txt', `<svg onload="alert(1)"/>`],
    ['sheet.xml', '<?xml version="1.0"?><?xml-stylesheet href="javascript:alert(1)"?><x/>'],
    ['document.pdf', PDF],
    ['program.exe', Buffer.from('MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0', 'latin1')],
  ])('is only ever given to be saved: %s', async (name, bytes) => {
    const { id } = await uploaded(world.ada, world.team, bytes, name)
    for (const query of ['', '?disposition=inline']) {
      const { headers } = await read(id, query)
      expect(headers['content-disposition']).toMatch(/^attachment/)
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; sandbox",
      })
    }
  })
  it.each([
    ['words.txt', `Words, and ${script}`, 'text/plain; charset=utf-8'],
    ['notes.md', `# Words ${script}`, 'text/markdown; charset=utf-8'],
    ['script.js', 'alert(1)', 'text/plain; charset=utf-8'],
    ['style.css', 'body { background: url(x) }', 'text/plain; charset=utf-8'],
  ])('is shown as words where it is some: %s', async (name, bytes, type) => {
    const { id } = await uploaded(world.ada, world.team, bytes, name)
    expect((await read(id, '?disposition=inline')).headers['content-type']).toBe(type)
  })
  it('and is a picture as well, is shown as a picture and as nothing else', async () => {
    const gif = (await makeSamples()).find(({ contentType }) => contentType === 'image/gif')!.bytes
    const both = Buffer.concat([gif, zipOf([{ name: 'x.class', data: Buffer.from(script) }])])
    const { id } = await uploaded(world.ada, world.team, both, 'both.jar')
    expect((await read(id, '?disposition=inline')).headers).toMatchObject({
      'content-type': 'image/gif',
      'x-content-type-options': 'nosniff',
    })
  })
  it('what the client says of the type is never heard', async () => {
    for (const type of ['text/html', 'image/svg+xml', 'application/javascript', 'image/png', 'x/y; charset=<script>']) {
      const answer = await upload(world.ada, world.team, { fileName: 'noise', bytes: Buffer.from([0, 1, 2, 3]), type })
      expect(answer.body.data[0].file).toMatchObject({ contentType: 'application/octet-stream', category: 'other' })
    }
  })
})

describe('what reaches out', () => {
  it('is not followed, in a document or a playlist', async () => {
    let hits = 0
    const listener = net.createServer((socket) => {
      hits++
      socket.destroy()
    })
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const outside = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/canary`
    const pdf = pdfOf(['1 0 0'])
      .toString()
      .replace('/Type /Catalog', `/Type /Catalog /OpenAction << /S /URI /URI (${outside}) >>`)
    const external = `<Relationships><Relationship Id="r" TargetMode="External" Target="${outside}"/></Relationships>`
    const docx = zipOf([
      { name: '[Content_Types].xml', data: Buffer.from('<Types/>') },
      { name: 'word/_rels/document.xml.rels', data: Buffer.from(external) },
    ])
    const playlist = `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${outside}\n#EXT-X-ENDLIST\n`
    for (const [name, bytes] of [
      ['opens.pdf', pdf],
      ['template.docx', docx],
      ['list.m3u8', playlist],
      ['list.mp4', playlist],
      ['xxe.xml', `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "${outside}">]><x>&y;</x>`],
      ['concat.txt', `ffconcat version 1.0\nfile ${outside}\n`],
    ] as const) {
      const { id } = await uploaded(world.ada, world.team, bytes, name)
      await read(id, '/thumbnail')
      await read(id, '/preview')
    }
    listener.close()
    expect(hits).toBe(0)
  })
})

describe('viruses', () => {
  /** The test file of the European Institute for Computer Antivirus Research, in two pieces so that it is none here. */
  const EICAR = Buffer.from(String.raw`X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-` + 'STANDARD-ANTIVIRUS-TEST-FILE!$H+H*')
  let clamd: ScriptedClamd
  let guarded: FilesWorld
  beforeAll(async () => {
    clamd = await startScriptedClamd((file) => `stream: ${file.includes(EICAR) ? 'Eicar-Test FOUND' : 'OK'}\0`)
    const { host, port } = clamd.address
    guarded = await openFilesWorld({ env: { CLAMD_HOST: host, CLAMD_PORT: String(port), SCAN: 'required' } })
  })
  afterAll(async () => {
    await guarded.close()
    await clamd.close()
  })
  const send = (bytes: Uint8Array | string) => upload(guarded.ada, guarded.team, { fileName: 'a.txt', bytes })
  const nothing = async () => {
    expect((await guarded.kept()).quarantine).toEqual([])
    expect((await guarded.rows()).files).toHaveLength(0)
  }

  it('are refused, and nothing of them stays', async () => {
    expect(seed1Failure(await send(EICAR), 400).detail).toMatch(/virus scanner found something/)
    expect(seed1Failure(await send(Buffer.concat([Buffer.alloc(5 * MB, 'x'), EICAR])), 400).detail).toMatch(/virus/)
    await nothing()
    expect((await guarded.kept()).blobs).toEqual([])
  })
  it.each<[string, Behaviour]>([
    ['is killed in the middle', { cut: 20 }],
    ['says half a word', { answer: 'stream: O' }],
    ['has had enough', { answer: 'INSTREAM size limit exceeded. ERROR\0' }],
  ])('may be in whatever comes while the scanner %s: 503, to be tried again', async (_, behaviour) => {
    const before = clamd.behaviour
    clamd.behaviour = behaviour
    const answer = await send('words')
    clamd.behaviour = before
    seed1Failure(answer, 503)
    await nothing()
  })
  it('are not in what is let in', async () => {
    expect((await send('words')).status).toBe(201)
    expect((await guarded.rows()).files).toHaveLength(1)
  })
})

it('none of it was a fault of the server', () => {
  expect(world.server.problems).toEqual([])
})
