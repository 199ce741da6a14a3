/**
 * Refuses archives that are made to harm whoever unpacks them, before anybody does: what they say of themselves is compared
 * with what is really in them. Nothing is written anywhere.
 */
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import type { Readable, Transform } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import yauzl from 'yauzl'

/** How an archive is: fine, no archive after all (or a broken one), or why nobody should open it. */
export type ArchiveVerdict = 'fine' | 'broken' | { readonly danger: string }

/** What a file may become when it is opened. Whoever unpacks or scans must allow as much. */
export interface ArchiveLimits {
  /** Up to so many bytes nobody asks for the ratio. */
  readonly harmlessBytes: number
  /** Bytes that come out for one that went in. */
  readonly ratio: number
  /** Bytes in all. */
  readonly totalBytes: number
  /** Members, with those of archives within. */
  readonly members: number
  /** Archives within archives; the file itself is the first. */
  readonly depth: number
  /** Largest archive within another one that is looked into, in bytes: it is held in memory. */
  readonly heldBytes: number
}

export const archiveLimits: ArchiveLimits = {
  harmlessBytes: 10 * 1024 * 1024,
  ratio: 100,
  totalBytes: 4 * 1024 * 1024 * 1024,
  members: 10_000,
  depth: 3,
  heldBytes: 256 * 1024 * 1024,
}

const tooLarge = 'Opened, it would be far larger than it looks.'
const tooMany = 'It holds too many files.'
const tooDeep = 'It holds archives within archives within archives.'
const tooLargeWithin = 'It holds an archive that is too large to look into.'
const leadsOut = 'It holds a file whose name leads out of it.'
const overlapping = 'Files in it share the same bytes.'
const lies = 'A file in it is larger than the archive says.'

/** Why it was refused; it ends the walk. */
class Danger extends Error {}
/** Something that began as an archive is none. */
class Broken extends Error {}

/** Looks into ZIP (with all that is made of it: office documents, packages), gzip and Zstandard; others are fine. */
export const checkArchive = async (path: string, limits = archiveLimits): Promise<ArchiveVerdict> => {
  const { size } = await stat(path)
  const tally = makeTally(size, limits)
  try {
    const kind = kindOf(await firstBytes(path))
    if (kind === 'zip') await walkZip(await openZip(() => yauzl.openPromise(path, zipOptions)), size, 1, tally)
    else if (kind !== undefined) {
      const unpacked = createReadStream(path).pipe(streams[kind]())
      await walkStream(unpacked, 2, tally)
    }
    return 'fine'
  } catch (error) {
    if (error instanceof Danger) return { danger: error.message }
    return 'broken'
  }
}

// ---- counting

interface Tally {
  readonly limits: ArchiveLimits
  /** Bytes that came out. */
  add(bytes: number): void
  /** Bytes that the archive says will come out. */
  foresee(bytes: number): void
  addMembers(count: number): void
}

const makeTally = (size: number, limits: ArchiveLimits): Tally => {
  let bytes = 0
  let members = 0
  const judge = (sum: number): void => {
    if (sum > limits.totalBytes || (sum > limits.harmlessBytes && sum > limits.ratio * size)) throw new Danger(tooLarge)
  }
  return {
    limits,
    add: (more) => judge((bytes += more)),
    foresee: (more) => judge(bytes + more),
    addMembers(count) {
      members += count
      if (members > limits.members) throw new Danger(tooMany)
    },
  }
}

// ---- what is inside

type StreamKind = 'gzip' | 'zstd'
const streams: Record<StreamKind, () => Transform> = { gzip: createGunzip, zstd: createZstdDecompress }

const kindOf = (bytes: Buffer): 'zip' | StreamKind | undefined => {
  const magic = bytes.length >= 4 ? bytes.readUInt32BE(0) : 0
  // The second one is an archive without members.
  if (magic === 0x50_4b_03_04 || magic === 0x50_4b_05_06) return 'zip'
  if (magic >>> 16 === 0x1f_8b) return 'gzip'
  return magic === 0x28_b5_2f_fd ? 'zstd' : undefined
}

const firstBytes = async (path: string): Promise<Buffer> => {
  const file = await open(path)
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(4), 0, 4, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/**
 * Reads what came out of an archive to its end, counting, and looks into archives among it.
 * @param depth how deep in archives an archive would be that begins here
 */
const walkStream = async (stream: Readable, depth: number, tally: Tally): Promise<number> => {
  let total = 0
  let first = Buffer.alloc(0)
  let kind: ReturnType<typeof kindOf>
  let held: Buffer[] | undefined
  let inner: { readonly into: Transform; readonly walk: Promise<unknown> } | undefined

  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const isFirst = first.length < 4
    total += chunk.length
    tally.add(chunk.length)
    let piece = chunk
    if (isFirst) {
      first = Buffer.concat([first, chunk])
      if (first.length < 4) continue
      piece = first
      kind = kindOf(first)
      if (kind !== undefined && depth > tally.limits.depth) throw new Danger(tooDeep)
      if (kind === 'zip') held = []
      else if (kind !== undefined) {
        const into = streams[kind]()
        // What only looks like an archive is counted as it is.
        inner = { into, walk: walkStream(into, depth + 1, tally).catch(dangerOnly) }
        inner.walk.catch(() => undefined)
      }
    }
    if (held !== undefined) {
      held.push(piece)
      if (total > tally.limits.heldBytes) throw new Danger(tooLargeWithin)
    }
    if (inner !== undefined && !inner.into.destroyed && !inner.into.write(piece)) {
      // It may also end here: by an error, or because what follows belongs to nothing.
      await Promise.race([new Promise((resolve) => inner?.into.once('drain', resolve)), inner.walk])
    }
  }
  if (inner !== undefined) {
    inner.into.end()
    await inner.walk
  }
  if (held !== undefined) {
    const bytes = Buffer.concat(held)
    const walk = async () =>
      walkZip(await openZip(() => yauzl.fromBufferPromise(bytes, zipOptions)), bytes.length, depth, tally)
    await walk().catch(dangerOnly)
  }
  return total
}

const dangerOnly = (error: unknown): void => {
  if (error instanceof Danger) throw error
}

// ---- ZIP

/** Names stay as they are, so that bad ones can be told from a broken archive; sizes are compared here. */
const zipOptions = { lazyEntries: true, decodeStrings: false, validateEntrySizes: false, autoClose: false }

const openZip = async (open: () => Promise<yauzl.ZipFile>): Promise<yauzl.ZipFile> => {
  try {
    return await open()
  } catch (error) {
    throw new Broken('no archive', { cause: error })
  }
}

const walkZip = async (zip: yauzl.ZipFile, size: number, depth: number, tally: Tally): Promise<void> => {
  try {
    tally.addMembers(zip.entryCount)
    const entries: yauzl.Entry[] = []
    let foreseen = 0
    for await (const entry of zip.eachEntry()) {
      if (leadsOutside(entry.fileNameRaw.toString('latin1'))) throw new Danger(leadsOut)
      foreseen += entry.uncompressedSize
      tally.foresee(foreseen)
      entries.push(entry)
    }
    refuseOverlap(entries, size)
    for (const entry of entries) await walkEntry(zip, entry, depth, tally)
  } finally {
    zip.close()
  }
}

const walkEntry = async (zip: yauzl.ZipFile, entry: yauzl.Entry, depth: number, tally: Tally): Promise<void> => {
  // What is encrypted or packed in a way that we can't undo counts as what it says.
  if (!entry.canDecodeFileData() || entry.isEncrypted()) return tally.add(entry.uncompressedSize)
  const real = await walkStream(await zip.openReadStreamPromise(entry), depth + 1, tally)
  if (real > entry.uncompressedSize) throw new Danger(lies)
}

/** Each member's bytes are its own. A header is at least 30 bytes and the name long. */
const refuseOverlap = (entries: readonly yauzl.Entry[], size: number): void => {
  let end = 0
  for (const entry of [...entries].sort((a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader)) {
    if (entry.relativeOffsetOfLocalHeader < end) throw new Danger(overlapping)
    end = entry.relativeOffsetOfLocalHeader + 30 + entry.fileNameLength + entry.compressedSize
    if (end > size) throw new Broken('a member ends after the archive')
  }
}

const leadsOutside = (name: string): boolean => {
  const path = name.replaceAll('\\', '/')
  return path.startsWith('/') || /^[a-z]:/i.test(path) || path.split('/').includes('..')
}
