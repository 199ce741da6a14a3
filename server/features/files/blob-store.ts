/** Where bytes are kept: the port. It knows keys and bytes, nobody's names and no types. */
import type { Readable } from 'node:stream'

/**
 * A blob's name: segments of `[A-Za-z0-9_-][A-Za-z0-9._-]*`, joined by `/`; ours, never a person's. What is made from a
 * blob (a small picture, a page) is kept below it: `<key>/<what>`.
 */
export type BlobKey = string

/** A complete file on this machine, which is moved where that is possible and may be gone afterwards; or a few bytes. */
export type BlobContent = { readonly path: string } | { readonly bytes: Uint8Array }

/** Both ends belong to it; from 0. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

export interface BlobStore {
  /**
   * Stores a blob whole or not at all; once it resolves, a loss of power does not lose it. A key that exists is
   * replaced, for readers at one moment.
   */
  put(key: BlobKey, content: BlobContent): Promise<void>
  /** Its size in bytes; undefined when there is none. */
  sizeOf(key: BlobKey): Promise<number | undefined>
  /**
   * Its bytes as they are read; the whole, or a range within its size. Undefined when there is none. Whoever gets the
   * stream must read or destroy it.
   */
  open(key: BlobKey, range?: ByteRange): Promise<Readable | undefined>
  /** Removes a blob and everything below it; one that is not there is fine. */
  deleteAll(key: BlobKey): Promise<void>
  /**
   * An address from which anybody can read it until the time is over, without asking us; undefined where the store
   * can't do that.
   */
  presign(key: BlobKey, options: PresignOptions): Promise<string | undefined>
  /**
   * Where a proxy in front of this server finds the same bytes: a path for `X-Accel-Redirect`. Undefined where none is set up for
   * that, or there is no such blob.
   */
  proxied(key: BlobKey): Promise<string | undefined>
}

export interface PresignOptions {
  /** 1 to 604,800. */
  readonly seconds: number
  /** `Content-Disposition` of the answer. */
  readonly disposition: string
  readonly contentType: string
}

const SEGMENT = /^[\w-][\w.-]*$/

/** Fails where a key could lead out of the store: keys are made by us, so it is a fault of the program. */
export const checkBlobKey = (key: BlobKey): void => {
  if (key.length > 500 || !key.split('/').every((segment) => SEGMENT.test(segment) && !segment.endsWith('.d'))) {
    throw new TypeError('not a key of a blob')
  }
}
