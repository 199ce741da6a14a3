/** Uploads with a real ClamAV daemon, set up as deploy/clamd.conf says: what it finds stays out, and so does what it can't look at. */
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { zipOf } from '#server/adapters/media/archives-for-tests.ts'
import { clamdScanner } from '#server/adapters/scanner/clamd.ts'
import { EICAR, type RealClamd, startRealClamd } from '#test/support/real-clamd.ts'
import { seed1Failure } from '../acceptance/surfaces/holding.ts'
import { pdfOf } from '../acceptance/files/samples.ts'
import { type FilesWorld, noise, openFilesWorld, PNG, upload, uploaded } from '../acceptance/files/world.ts'

const MB = 1024 * 1024

let clamd: RealClamd
let world: FilesWorld
beforeAll(async () => {
  clamd = await startRealClamd()
  world = await openFilesWorld({ env: { CLAMD_SOCKET: clamd.socket, SCAN: 'required' } })
})
afterAll(async () => {
  clamd.resume()
  await world.close()
  await clamd.close()
})

const zip = (name: string, data: Uint8Array, ...others: { name: string; data: Uint8Array }[]) =>
  zipOf([{ name, data, isStored: true }, ...others.map((each) => ({ ...each, isStored: true }))])
/** A Word document with something beside its text. */
const docx = (name: string, data: Uint8Array) =>
  zip(
    '[Content_Types].xml',
    Buffer.from('<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'),
    { name: 'word/document.xml', data: Buffer.from('<w:document/>') },
    { name, data },
  )
/** One member, as POSIX has it (pax, ustar). */
const tar = (name: string, data: Uint8Array): Buffer => {
  const head = Buffer.alloc(512)
  head.write(name, 0)
  head.write('0000644\0', 100)
  head.write('0000000\0'.repeat(2), 108)
  head.write(`${data.length.toString(8).padStart(11, '0')}\0`, 124)
  head.write('00000000000\0', 136)
  head.write('        0', 148)
  head.write('ustar\x0000', 257)
  const sum = head.reduce((all, byte) => all + byte, 0)
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return Buffer.concat([head, data, Buffer.alloc(512 - (data.length % 512) + 1024)])
}

describe('what is clean', () => {
  it.each([
    ['words', 'notes.txt', Buffer.from('words')],
    ['a picture', 'dot.png', PNG],
    ['a document', 'letter.docx', docx('word/media/image1.png', PNG)],
    ['a PDF', 'page.pdf', pdfOf(['1 0 0'])],
    ['an archive within an archive', 'all.zip', zip('inner.zip', zip('notes.txt', Buffer.from('words')))],
    ['as large as may be', 'noise.bin', noise(99 * MB)],
  ])('is taken: %s', async (_, name, bytes) => {
    expect((await uploaded(world.ada, world.team, bytes, name)).fileSize).toBe(bytes.length)
  })
})

describe('a virus', () => {
  it.each([
    ['as it is', 'eicar.com', EICAR],
    ['under another name', 'holiday.jpg', EICAR],
    ['in the middle of something', 'noise.bin', Buffer.concat([noise(MB), EICAR, noise(MB)])],
    ['in a zip', 'eicar.zip', zip('eicar.com', EICAR)],
    ['in a zip in a zip in a zip', 'deep.zip', zip('b.zip', zip('c.zip', zip('eicar.com', EICAR)))],
    ['in a Word document', 'letter.docx', docx('word/embeddings/oleObject1.bin', EICAR)],
    ['in a zip in a Word document', 'letter.docx', docx('word/embeddings/files.zip', zip('eicar.com', EICAR))],
    ['in gzip', 'eicar.gz', gzipSync(EICAR)],
    ['in a tar in gzip', 'eicar.tar.gz', gzipSync(tar('eicar.com', EICAR))],
    ['behind 30 MB of nothing in a zip', 'late.zip', zip('late.bin', Buffer.concat([Buffer.alloc(30 * MB), EICAR]))],
    [
      'after 30 MB of something else in a zip',
      'last.zip',
      zip('a.bin', noise(30 * MB), { name: 'b.com', data: EICAR }),
    ],
  ])('is kept out: %s', async (_, name, bytes) => {
    const before = [await world.rows(), await world.kept()]
    const answer = await upload(world.ada, world.team, { fileName: name, bytes })
    expect(seed1Failure(answer, 400).detail).toMatch(/virus scanner found something/)
    expect([await world.rows(), await world.kept()]).toEqual(before)
  })
})

describe('a scanner', () => {
  const send = (bytes: Buffer) => upload(world.ada, world.team, { fileName: 'notes.txt', bytes })
  /** 503, and nothing of it is anywhere. */
  const unavailable = async (work: () => Promise<Awaited<ReturnType<typeof send>>>) => {
    const before = [await world.rows(), await world.kept()]
    seed1Failure(await work(), 503)
    expect([await world.rows(), await world.kept()]).toEqual(before)
  }

  it('that is slow is waited for, and finds what is there', async () => {
    clamd.pause()
    const answers = Promise.all([send(EICAR), send(Buffer.from('words'))])
    await until(async () => (await world.kept()).quarantine.length > 0)
    clamd.resume()
    expect((await answers).map(({ status }) => status)).toEqual([400, 201])
  })

  it('that hangs is given up', async () => {
    clamd.pause()
    const file = import.meta.filename
    await expect(clamdScanner({ socket: clamd.socket }, { silenceMs: 200 })(file)).rejects.toMatchObject({
      code: 'file.scan_unavailable',
    })
    clamd.resume()
    await clamdScanner({ socket: clamd.socket })(file)
  })

  it('that is killed while it scans lets nothing in, and neither does one that is not there', async () => {
    await unavailable(async () => {
      const answer = send(noise(30 * MB))
      await until(clamd.isBusy)
      await clamd.kill()
      return answer
    })
    await unavailable(() => send(Buffer.from('words')))
  })

  it('that is there again is asked again', async () => {
    const next = await startRealClamd(clamd.socket)
    expect((await send(Buffer.from('words'))).status).toBe(201)
    await unavailable(async () => {
      await next.kill()
      return send(Buffer.from('words'))
    })
    await next.close()
  })

  const until = async (isSo: () => Promise<boolean>) => {
    while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 5))
  }
})
