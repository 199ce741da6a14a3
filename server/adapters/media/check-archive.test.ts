/** Archives that are made to harm are told from those that people send each other. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nestedZip, zipOf } from './archives-for-tests.ts'
import { archiveLimits, checkArchive } from './check-archive.ts'

const MB = 1024 * 1024
let folder: string
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'parlance-archives-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

let count = 0
const check = (bytes: Uint8Array, limits = archiveLimits) => {
  const file = path.join(folder, String(count++))
  writeFileSync(file, bytes)
  return checkArchive(file, limits)
}
const zeros = (megabytes: number): Buffer => Buffer.alloc(megabytes * MB)
const text = (name: string) => ({ name, data: Buffer.from(`This is ${name}.`) })
const danger = (word: RegExp) => ({ danger: expect.stringMatching(word) as string })

describe('an ordinary archive', () => {
  it('is fine, with folders, dots and other scripts in its names', async () => {
    expect(await check(zipOf([text('a.txt'), text('folder/b..c'), text('...'), text('tệp/ảnh.txt')]))).toBe('fine')
  })
  it('is fine when it is empty', async () => {
    expect(await check(zipOf([]))).toBe('fine')
  })
  it('is fine with three levels, as a package of documents with tables in them', async () => {
    expect(await check(nestedZip(3))).toBe('fine')
  })
  it('is fine when what it holds does not shrink, however large it is', async () => {
    expect(await check(zipOf([{ name: 'noise', data: randomBytes(30 * MB) }]))).toBe('fine')
  })
  it('is fine with 10,000 members', async () => {
    expect(await check(zipOf(Array.from({ length: 10_000 }, (_, at) => text(`${at}`))))).toBe('fine')
  })
  it('is fine up to ten megabytes, whatever the ratio', async () => {
    expect(await check(zipOf([{ name: 'zeros', data: zeros(10) }]))).toBe('fine')
    expect(await check(gzipSync(zeros(10)))).toBe('fine')
  })
  it('is fine as gzip in several pieces', async () => {
    expect(await check(Buffer.concat([gzipSync('one'), gzipSync('two')]))).toBe('fine')
  })
})

describe('a bomb', () => {
  it('of one member is refused', async () => {
    expect(await check(zipOf([{ name: 'zeros', data: zeros(200) }]))).toEqual(danger(/larger than it looks/))
  })
  it('of many small members is refused', async () => {
    const member = zeros(1)
    const members = Array.from({ length: 30 }, (_, at) => ({ name: `${at}`, data: member }))
    expect(await check(zipOf(members))).toEqual(danger(/larger than it looks/))
  })
  it('that says it were small is refused by what comes out', async () => {
    expect(await check(zipOf([{ name: 'zeros', data: zeros(200), saidSize: 100 }]))).toEqual(
      danger(/larger than it looks/),
    )
    expect(await check(zipOf([{ name: 'zeros', data: zeros(2), saidSize: 100 }]))).toEqual(
      danger(/larger than the archive says/),
    )
  })
  it('that says it were huge is refused before anything comes out', async () => {
    const members = Array.from({ length: 40 }, (_, at) => ({ ...text(`${at}`), saidSize: 0xff_ff_ff_f0 }))
    expect(await check(zipOf(members))).toEqual(danger(/larger than it looks/))
  })
  it('within an archive is refused, though no layer looks bad', async () => {
    const layers = zipOf(Array.from({ length: 20 }, (_, at) => ({ name: `${at}.zip`, data: nestedZip(1, zeros(5)) })))
    expect(await check(layers)).toEqual(danger(/larger than it looks/))
  })
  it('whose members share their bytes is refused', async () => {
    const data = zeros(1).subarray(0, 1000)
    const members = Array.from({ length: 5 }, (_, at) => ({ name: `${at}`, data, isShared: at > 0 }))
    expect(await check(zipOf(members))).toEqual(danger(/same bytes/))
  })
  it('of 10,001 members is refused, in one archive or in several', async () => {
    const members = Array.from({ length: 10_001 }, (_, at) => ({ name: `${at}`, data: Buffer.alloc(0) }))
    expect(await check(zipOf(members))).toEqual(danger(/too many/))
    const half = zipOf(members.slice(0, 6000))
    expect(
      await check(
        zipOf([
          { name: 'a.zip', data: half },
          { name: 'b.zip', data: half },
        ]),
      ),
    ).toEqual(danger(/too many/))
  })
  it('of four levels and more is refused, in whatever they are wrapped', async () => {
    expect(await check(nestedZip(4))).toEqual(danger(/archives within/))
    expect(await check(nestedZip(15))).toEqual(danger(/archives within/))
    expect(await check(gzipSync(gzipSync(gzipSync(gzipSync('deep')))))).toEqual(danger(/archives within/))
    expect(await check(gzipSync(nestedZip(3)))).toEqual(danger(/archives within/))
  })
  it('of gzip or Zstandard is refused', async () => {
    expect(await check(gzipSync(zeros(200)))).toEqual(danger(/larger than it looks/))
    expect(await check(zstdCompressSync(zeros(200)))).toEqual(danger(/larger than it looks/))
    expect(await check(zipOf([{ name: 'a.gz', data: gzipSync(zeros(50)) }]))).toEqual(danger(/larger than it looks/))
  })
  it('within an archive that is too large to look into is refused', async () => {
    const inner = zipOf([{ name: 'noise', data: randomBytes(200_000) }])
    expect(await check(zipOf([{ name: 'a.zip', data: inner }]), { ...archiveLimits, heldBytes: 100_000 })).toEqual(
      danger(/too large to look into/),
    )
  })
})

describe('names that lead out of the archive', () => {
  it.each([
    '../up',
    'a/../../up',
    '/etc/cron.d/x',
    String.raw`..\up`,
    String.raw`C:\boot.ini`,
    'c:up',
    String.raw`\\host\x`,
  ])('are refused: %s', async (name) => {
    expect(await check(zipOf([text('a'), text(name)]))).toEqual(danger(/leads out/))
  })
  it('are refused deeper inside too', async () => {
    expect(await check(zipOf([{ name: 'in.zip', data: zipOf([text('../up')]) }]))).toEqual(danger(/leads out/))
  })
})

describe('what is no archive', () => {
  it('is broken when it only begins like one, or lacks its end', async () => {
    expect(await check(Buffer.from('PK\x03\x04 and nothing else'))).toBe('broken')
    const whole = zipOf([text('a'), text('b')])
    expect(await check(whole.subarray(0, whole.length - 30))).toBe('broken')
    expect(await check(gzipSync(randomBytes(1000)).subarray(0, 500))).toBe('broken')
  })
  it('is fine inside of one, for it is just bytes', async () => {
    const members = [
      { name: 'a.zip', data: Buffer.from('PK\x03\x04 and nothing else') },
      { name: 'b.gz', data: Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), randomBytes(300_000)]) },
      { name: 'c', data: Buffer.from('P') },
    ]
    expect(await check(zipOf(members))).toBe('fine')
  })
  it('is fine when it is something else', async () => {
    expect(await check(Buffer.from('text'))).toBe('fine')
    expect(await check(Buffer.alloc(0))).toBe('fine')
  })
})
