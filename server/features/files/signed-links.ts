/** Links to blobs that anybody may follow until their time is over. They are made, never stored, and say nothing of who asked. */
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import { type BlobStore, checkBlobKey } from './blob-store.ts'

/** What a link leads to: a blob whose key is `<bucket>/<path>`. */
export interface LinkTarget {
  /** Without `/`. */
  readonly bucket: string
  readonly path: string
}

/** Vouches for links with a key that nothing else is signed with: the port. */
export interface LinkSigner {
  /** @returns a token for URLs, which says when it ends and fits this target alone */
  sign(target: LinkTarget, expiresAt: Date): string
  /** Whether it was made by `sign` for this target, and has not ended. */
  isValid(token: string, target: LinkTarget, now: Date): boolean
}

interface Needs {
  readonly signer: LinkSigner
  readonly blobs: BlobStore
  readonly clock: Clock
}

export interface SignedLink {
  readonly url: string
  readonly expiresAt: Date
}

/**
 * Whoever calls has made sure that the person may read it. `seconds`: 1 to 604,800, a week, as S3 has it.
 */
export type SignLink = (target: LinkTarget, seconds: number) => Promise<SignedLink>

const LONGEST = 604_800

/** Where links lead to us (contracts, 0.1). */
export const LINK_PATH = '/storage/v1/object/sign'

/** `origin`: what links begin with, such as `https://parlance.example.org`; where blobs are in S3 a link is S3's own. */
export const makeSignLink =
  ({ signer, blobs, clock, origin }: Needs & { readonly origin: string }): SignLink =>
  async (target, seconds) => {
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > LONGEST) throw new RangeError('not the time of a link')
    const key = keyOf(target)
    const expiresAt = new Date(clock.now().getTime() + seconds * 1000)
    const theirs = await blobs.presign(key, {
      seconds,
      disposition: `attachment; filename="${linkedName(target)}"`,
      contentType: linkedType(target),
    })
    const token = signer.sign(target, expiresAt)
    return { url: theirs ?? `${origin}${LINK_PATH}/${key}?token=${token}`, expiresAt }
  }

/** The key of what a link leads to, and its size in bytes. Fails with `link.invalid`, or `file.not_found` where it is gone. */
export type FollowLink = (target: LinkTarget, token: string) => Promise<{ key: string; size: number }>

export const makeFollowLink =
  ({ signer, blobs, clock }: Needs): FollowLink =>
  async (target, token) => {
    if (!signer.isValid(token, target, clock.now())) throw new AppError('link.invalid')
    const key = keyOf(target)
    const size = await blobs.sizeOf(key)
    if (size === undefined) throw new AppError('file.not_found')
    return { key, size }
  }

/** As which it is downloaded: letters, digits, `_`, `-` and `.` only, like all keys. */
export const linkedName = ({ path }: LinkTarget): string => path.slice(path.lastIndexOf('/') + 1)

export const linkedType = ({ path }: LinkTarget): string =>
  path.endsWith('.json') ? 'application/json; charset=utf-8' : 'application/octet-stream'

const keyOf = ({ bucket, path }: LinkTarget): string => {
  const key = `${bucket}/${path}`
  if (bucket.includes('/')) throw new TypeError('not the name of a bucket')
  checkBlobKey(key)
  return key
}
