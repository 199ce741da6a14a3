/** Writes ZIP archives as no decent program does: lying, overlapping, leading out. */
import { crc32, deflateRawSync } from 'node:zlib'

export interface Member {
  readonly name: string
  readonly data: Uint8Array
  /** What the archive says of its size, where that is not the truth. */
  readonly saidSize?: number
  /** Shares the bytes of the member before it. */
  readonly isShared?: boolean
  /** As it is, not packed. */
  readonly isStored?: boolean
}

export const zipOf = (members: readonly Member[]): Buffer => {
  const locals: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  let previous: { at: number; packed: Buffer } | undefined
  for (const { name, data, saidSize = data.length, isShared = false, isStored = false } of members) {
    const pack = () => (isStored ? Buffer.from(data) : deflateRawSync(data, { level: 9 }))
    const packed = isShared && previous ? previous.packed : pack()
    const at = isShared && previous ? previous.at : offset
    const fields = Buffer.alloc(22)
    fields.writeUInt16LE(isStored ? 0 : 8, 0) // 8: deflate
    fields.writeUInt32LE(crc32(data), 6)
    fields.writeUInt32LE(packed.length, 10)
    fields.writeUInt32LE(saidSize, 14)
    fields.writeUInt16LE(Buffer.byteLength(name), 18)
    if (at === offset) {
      const local = Buffer.concat([Buffer.from('PK\x03\x04\x14\0\0\0', 'latin1'), fields, Buffer.from(name), packed])
      locals.push(local)
      offset += local.length
    }
    const rest = Buffer.alloc(14)
    rest.writeUInt32LE(at, 10)
    central.push(Buffer.from('PK\x01\x02\x14\0\x14\0\0\0', 'latin1'), fields, rest, Buffer.from(name))
    previous = { at, packed }
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(22)
  end.writeUInt32BE(0x50_4b_05_06, 0)
  end.writeUInt16LE(Math.min(members.length, 0xff_ff), 8)
  end.writeUInt16LE(Math.min(members.length, 0xff_ff), 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, directory, end])
}

/** An archive within an archive within …: `depth` of them around one text. */
export const nestedZip = (depth: number, innermost: Uint8Array = Buffer.from('deep')): Buffer =>
  depth === 1
    ? zipOf([{ name: 'text', data: innermost }])
    : zipOf([{ name: 'inner.zip', data: nestedZip(depth - 1, innermost) }])
