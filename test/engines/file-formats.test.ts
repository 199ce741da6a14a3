/** Files of conversations in other formats, over HTTP: what the engines make of real ones, for those who may read them. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as contract from '#contract/messages/index.ts'
import { realEngines } from '#test/support/real-engines.ts'
import type { TestPerson } from '#test/support/server.ts'
import { hangingEngine } from '#test/support/stub-engines.ts'
import { zipOf } from '#server/adapters/media/archives-for-tests.ts'
import { type FilesWorld, openFilesWorld, uploaded } from '../acceptance/files/world.ts'

let world: FilesWorld
let folder: string
beforeAll(async () => {
  world = await openFilesWorld({ engines: realEngines() })
  folder = mkdtempSync(path.join(tmpdir(), 'parlance-formats-'))
})
afterAll(async () => {
  await world.close()
  rmSync(folder, { recursive: true })
})

const inFormat = async (
  id: string,
  format: string,
  { at = world, by = at.ada, headers = {}, signal }: Options = {},
) => {
  const response = await fetch(`${at.server.url}/api/files/${id}/as/${format}`, {
    headers: { authorization: `Bearer ${by.token}`, ...headers },
    ...(signal ? { signal } : {}),
  })
  const bytes = Buffer.from(await response.arrayBuffer())
  return { status: response.status, headers: response.headers, bytes }
}
interface Options {
  readonly by?: TestPerson
  readonly at?: FilesWorld
  readonly headers?: Record<string, string>
  readonly signal?: AbortSignal
}
const formatsOf = async (id: string, by: TestPerson = world.ada): Promise<string[]> => {
  const { body } = await by.request('GET', `/api/files/${id}/formats`)
  return contract.listFileFormats.reply.body!.parse(body).data.map(({ format }) => format)
}
const detailOf = ({ bytes }: { bytes: Buffer }): string => JSON.parse(bytes.toString()).detail
const foldersOfWork = () => readdirSync(path.join(world.server.dataDir, 'preview-work'))
/** What a program says of a file. */
const told = (bytes: Buffer, name: string, program: string, ...args: string[]): string => {
  const file = path.join(folder, name)
  writeFileSync(file, bytes)
  return execFileSync(
    program,
    args.map((each) => (each === '{}' ? file : each)),
    { encoding: 'utf8' },
  )
}

const docx = (text = 'Quý ba tốt hơn.') =>
  execFileSync('pandoc', ['-f', 'markdown', '-t', 'docx', '-o', '-'], { input: `# Báo cáo\n\n${text}\n` })
const picture = () => sharp({ create: { width: 60, height: 40, channels: 3, background: '#c33' } })
const page = String.raw`{\rtf1\ansi\deff0{\fonttbl{\f0 Liberation Sans;}}\fs96 One\page Two\par}`

describe('a Word document', () => {
  it('becomes a PDF and an OpenDocument text, under its own name', async () => {
    const { id } = await uploaded(world.ada, world.team, docx(), 'báo cáo.docx')
    expect(await formatsOf(id)).toEqual(expect.arrayContaining(['pdf', 'odt', 'txt']))
    expect(await formatsOf(id)).not.toContain('docx')

    const pdf = await inFormat(id, 'pdf')
    expect([pdf.status, pdf.headers.get('content-type')]).toEqual([200, 'application/pdf'])
    expect(pdf.headers.get('content-disposition')).toMatch(/^attachment; .*filename\*=UTF-8''b%C3%A1o%20c%C3%A1o\.pdf/)
    expect(pdf.headers.get('content-security-policy')).toContain('sandbox')
    expect(told(pdf.bytes, 'a.pdf', 'pdftotext', '{}', '-')).toContain('Báo cáo')

    const odt = await inFormat(id, 'odt')
    expect([odt.status, odt.headers.get('content-type')]).toEqual([200, 'application/vnd.oasis.opendocument.text'])
    expect(told(odt.bytes, 'a.odt', 'unzip', '-p', '{}', 'content.xml')).toContain('Quý ba tốt hơn.')
    expect(foldersOfWork()).toEqual([])
  })

  it('is converted once, by however many it is asked for at once and later', async () => {
    const { id } = await uploaded(world.ada, world.team, docx(), 'once.docx')
    await world.send(id)
    const before = (await world.kept()).blobs.length
    const asked = [world.ada, world.grace, world.ada, world.grace].map((by) => inFormat(id, 'pdf', { by }))
    const answers = [...(await Promise.all(asked)), await inFormat(id, 'PDF')]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    // LibreOffice writes the time of its making and an id of its own into each PDF.
    for (const { bytes, headers } of answers) {
      expect(bytes.equals(answers[0]!.bytes)).toBe(true)
      expect(headers.get('etag')).toBe(answers[0]!.headers.get('etag'))
    }
    expect((await world.kept()).blobs).toHaveLength(before + 1)
    const again = await inFormat(id, 'pdf', { headers: { 'if-none-match': answers[0]!.headers.get('etag')! } })
    expect(again.status).toBe(304)
    const part = await inFormat(id, 'pdf', { headers: { range: 'bytes=0-4' } })
    expect([part.status, part.bytes.toString()]).toEqual([206, '%PDF-'])
  })

  it('that a password protects becomes nothing: the answer says why, and nothing is left behind', async () => {
    const document = await uploaded(world.ada, world.team, page, 'two.rtf')
    const open = path.join(folder, 'open.pdf')
    writeFileSync(open, (await inFormat(document.id, 'pdf')).bytes)
    const locked = path.join(folder, 'locked.pdf')
    execFileSync('qpdf', ['--encrypt', 'secret', 'secret', '256', '--', open, locked])
    const { id } = await uploaded(world.ada, world.team, readFileSync(locked), 'locked.pdf')
    const before = (await world.kept()).blobs.length
    const answer = await inFormat(id, 'png')
    expect(answer.status).toBe(409)
    expect(detailOf(answer)).toBe('The file cannot be read: it may be damaged, empty or protected by a password.')
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
    expect((await world.kept()).blobs).toHaveLength(before)
    expect(foldersOfWork()).toEqual([])
  })

  it('that names other files and addresses gets none of them', async () => {
    let hits = 0
    const listener = net.createServer((socket) => {
      hits++
      socket.destroy()
    })
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const secret = path.join(world.server.dataDir, 'secret.txt')
    writeFileSync(secret, 'canary-of-the-server')
    const outside = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/canary.png`
    const html = `<html><body><p>Words</p><img src="${outside}"><img src="file://${secret}">
      <iframe src="file://${secret}"></iframe></body></html>`
    const rtf = String.raw`{\rtf1 Words {\field{\*\fldinst INCLUDETEXT "${secret}"}}{\field{\*\fldinst INCLUDEPICTURE "${outside}"}}}`
    for (const [name, content] of [
      ['page.html', html],
      ['letter.rtf', rtf],
    ] as const) {
      const { id } = await uploaded(world.ada, world.team, content, name)
      const answer = await inFormat(id, 'pdf')
      expect([200, 400, 409]).toContain(answer.status)
      if (answer.status !== 200) continue
      const text = told(answer.bytes, 'hostile.pdf', 'pdftotext', '{}', '-')
      expect(text).toContain('Words')
      expect(text).not.toContain('canary')
    }
    listener.close()
    expect(hits).toBe(0)
  })

  it('with several pages becomes a ZIP of pictures, now and later', async () => {
    const document = await uploaded(world.ada, world.team, page, 'two.rtf')
    const pdf = await inFormat(document.id, 'pdf')
    const { id } = await uploaded(world.ada, world.team, pdf.bytes, 'two.pdf')
    for (const answer of [await inFormat(id, 'png'), await inFormat(id, 'png')]) {
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/zip'])
      expect(answer.headers.get('content-disposition')).toBe('attachment; filename=two.zip')
      expect(told(answer.bytes, 'two.zip', 'unzip', '-l', '{}')).toMatch(/2 files/)
    }
  })
})

it('a picture becomes WebP, and only what fits a picture', async () => {
  const { id } = await uploaded(world.ada, world.team, await picture().png().toBuffer(), 'red.png')
  const answer = await inFormat(id, 'webp')
  expect([answer.status, answer.headers.get('content-disposition')]).toEqual([200, 'attachment; filename=red.webp'])
  expect(await sharp(answer.bytes).metadata()).toMatchObject({ format: 'webp', width: 60, height: 40 })
  for (const format of ['mp3', 'png', 'exe', 'nothing']) {
    const refused = await inFormat(id, format)
    expect([refused.status, detailOf(refused)]).toEqual([
      400,
      'This server does not convert that into the format that was asked for.',
    ])
  }
  for (const format of ['..%2Fsmall', 'as.webp', 'webp%00', 'x'.repeat(9)]) {
    expect((await inFormat(id, format)).status).toBe(400)
  }
})

it('a file of no kind that is converted has no formats', async () => {
  const { id } = await uploaded(world.ada, world.team, zipOf([{ name: 'a', data: Buffer.from('a') }]), 'a.zip')
  expect(await formatsOf(id)).toEqual([])
  expect((await inFormat(id, 'pdf')).status).toBe(400)
})

describe('a file that somebody may not read', () => {
  const asked = async (id: string, by: TestPerson) => [
    (await by.request('GET', `/api/files/${id}/formats`)).status,
    (await inFormat(id, 'webp', { by })).status,
  ]

  it('is not converted for them: a stranger, and a member until it is sent', async () => {
    const { id } = await uploaded(world.ada, world.team, await picture().png().toBuffer(), 'red.png')
    expect(await asked(id, world.stranger)).toEqual([403, 403])
    expect(await asked(id, world.grace)).toEqual([403, 403])
    await world.send(id)
    expect(await asked(id, world.grace)).toEqual([200, 200])
    // What was made for others is no way around either.
    expect(await asked(id, world.stranger)).toEqual([403, 403])
    expect(await asked('0198b0f2-0000-7000-8000-000000000001', world.ada)).toEqual([404, 404])
  })

  it('is lost with the membership', async () => {
    const other = await openFilesWorld({ engines: realEngines() })
    try {
      const { id } = await uploaded(other.ada, other.team, await picture().png().toBuffer(), 'red.png')
      await other.send(id)
      expect((await inFormat(id, 'webp', { by: other.grace, at: other })).status).toBe(200)
      const left = await other.grace.request(
        'DELETE',
        `/api/team/conversations/${other.team}/members/${other.grace.id}`,
      )
      expect(left.status).toBe(204)
      expect((await inFormat(id, 'webp', { by: other.grace, at: other })).status).toBe(403)
      expect((await inFormat(id, 'webp', { at: other })).status).toBe(200)
    } finally {
      await other.close()
    }
  })

  it('is lost with its message, and so is what was made of it', async () => {
    const { id } = await uploaded(world.ada, world.team, await picture().png().toBuffer(), 'red.png')
    const before = (await world.kept()).blobs.length
    const message = await world.send(id)
    expect((await inFormat(id, 'webp', { by: world.grace })).status).toBe(200)
    expect((await world.kept()).blobs).toHaveLength(before + 1)
    expect((await world.ada.request('DELETE', `/api/team/messages/${message}`)).status).toBe(204)
    expect([403, 404]).toContain((await inFormat(id, 'webp', { by: world.grace })).status)
    await expect.poll(async () => (await world.kept()).blobs.length, { timeout: 20_000 }).toBe(before - 1)
  })
})

it('who goes away stops what nobody else waits for, and nobody waits for more than four at once', async () => {
  const stopped: string[] = []
  const hanging = hangingEngine()
  const begun = Promise.withResolvers<void>()
  const engine = {
    ...hanging,
    convert: (task: Parameters<typeof hanging.convert>[0]) => {
      begun.resolve()
      task.signal.addEventListener('abort', () => stopped.push(task.to), { once: true })
      return hanging.convert(task)
    },
  }
  const other = await openFilesWorld({ engines: [engine] })
  const leaving = new AbortController()
  try {
    const { id } = await uploaded(other.ada, other.team)
    const waiting = Array.from({ length: 4 }, () => inFormat(id, 'md', { at: other, signal: leaving.signal }))
    const settled = Promise.allSettled(waiting)
    await begun.promise
    await expect.poll(async () => (await inFormat(id, 'nothing', { at: other })).status).toBe(429)
    const refused = await inFormat(id, 'md', { at: other })
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5'])
    expect(stopped).toEqual([])
    leaving.abort()
    await settled
    await expect.poll(() => stopped).toEqual(['md'])
    expect(other.server.problems).toEqual([])
  } finally {
    leaving.abort()
    await other.close()
  }
})
