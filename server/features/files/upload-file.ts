/** Takes what somebody uploads: measured while it comes, looked at before anybody sees it, and kept whole or not at all. */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError, type InputIssue, toAppError } from '#kernel/errors.ts'
import type { NewId } from '#kernel/ids.ts'
import type { BlobStore } from './blob-store.ts'
import { MAX_FILE_NAME, type StoredFile } from './file.ts'
import type { FileStore } from './file-store.ts'
import type { InspectFile } from './inspect-file.ts'
import type { QuarantinedFile, Quarantine } from './quarantine.ts'
import type { ScanFile } from './scanner.ts'

export interface UploadLimits {
  /** Of one file, in bytes. */
  readonly fileBytes: number
  /** Of everything that one person has uploaded, in bytes. */
  readonly quotaBytes: number
}

interface Needs {
  readonly store: FileStore
  readonly blobs: BlobStore
  readonly quarantine: Quarantine
  readonly inspect: InspectFile
  readonly scan: ScanFile
  /** Tells why a conversation is hidden: `conversation.forbidden` or `conversation.not_found`. */
  readonly explainHidden: (conversationId: string) => Promise<AppError>
  readonly limits: UploadLimits
  readonly clock: Clock
  readonly newId: NewId
  readonly onError: (error: unknown, what: string) => void
}

/** Somebody may upload to a conversation; good for one request. */
export interface Admission {
  readonly actor: Actor
  readonly conversationId: string
  /** Bytes that they had in files when they were let in, and have added since. */
  used: number
}

export interface Uploads {
  readonly limits: UploadLimits
  /**
   * Before a byte is read. `announced`: how many the client says it will send. Fails with `conversation.forbidden`,
   * `conversation.not_found`, `file.over_quota`, and `request.invalid` for a conversation with a model.
   */
  admit(actor: Actor, conversationId: string, announced?: number): Promise<Admission>
  /**
   * Takes one file. Fails with `file.empty`, `file.too_large`, `file.over_quota`, `file.dangerous`, `file.infected`,
   * `file.scan_unavailable`, or `request.invalid` for its name, and as `bytes` fail; then nothing of it stays.
   */
  receive(admission: Admission, file: { name: string; bytes: AsyncIterable<Uint8Array> }): Promise<StoredFile>
  /**
   * The same for a file that lies complete in the quarantine and is noted. `claim` is called before it is stored and says
   * whether it still may be. When a failure may pass, such as a scanner that is away, it lies there still, unclaimed.
   */
  adopt(admission: Admission, file: { id: string; name: string; claim(): Promise<boolean> }): Promise<StoredFile>
  /** Fails with `request.invalid` where a file can't be called that. */
  checkName(name: string): void
  /** Takes back what a request has stored so far. */
  takeBack(admission: Admission, files: readonly StoredFile[]): Promise<void>
}

/** A blob that is noted; while it may exist, only the sweep removes the note. */
interface NotedBlob {
  readonly id: string
  mayExist: boolean
}

export const makeUploads = (needs: Needs): Uploads => {
  const { store, blobs, quarantine, limits } = needs
  /** Bytes that are on their way into the quarantine of this process, by person. */
  const inFlight = new Map<string, number>()

  const reserve = (admission: Admission) => {
    const { userId } = admission.actor
    let own = 0
    const change = (by: number) => {
      own += by
      const sum = (inFlight.get(userId) ?? 0) + by
      if (sum === 0) inFlight.delete(userId)
      else inFlight.set(userId, sum)
    }
    const release = () => change(-own)
    const refuse = (code: 'file.too_large' | 'file.over_quota') => {
      // At once, not when its rest is gone: else uploads that come together would all be refused for each other's sake.
      release()
      throw new AppError(code)
    }
    return {
      count(bytes: number) {
        change(bytes)
        if (own > limits.fileBytes) refuse('file.too_large')
        if (admission.used + inFlight.get(userId)! > limits.quotaBytes) refuse('file.over_quota')
      },
      release,
    }
  }

  /** Everything after the last byte. The blob has the id of its file. */
  const keep = async (
    admission: Admission,
    blob: NotedBlob,
    { name, found, claim }: { name: string; found: QuarantinedFile; claim?: () => Promise<boolean> },
  ): Promise<StoredFile> => {
    const { id } = blob
    if (found.size === 0) throw new AppError('file.empty')
    const inspected = await needs.inspect(found.path, name)
    await needs.scan(found.path)
    if (claim !== undefined && !(await claim())) throw new AppError('upload.not_found')
    blob.mayExist = true
    await blobs.put(id, { path: found.path })
    const created = await store.create(
      admission.actor,
      {
        ...inspected,
        id,
        conversationId: admission.conversationId,
        name,
        size: found.size,
        sha256: found.sha256,
        blobKey: id,
        uploadedAt: needs.clock.now(),
      },
      limits.quotaBytes,
    )
    if (typeof created !== 'string') {
      admission.used += created.size
      return created
    }
    // Only here is it certain that no file was made: after a failure of the database the note decides, in its time.
    await blobs.deleteAll(id)
    blob.mayExist = false
    if (created === 'hidden') throw await needs.explainHidden(admission.conversationId)
    throw new AppError(created === 'over_quota' ? 'file.over_quota' : 'server.unavailable')
  }

  /** Notes the blob, works, and tidies up after work that failed. */
  const noted = async (
    actor: Actor,
    id: string,
    work: (blob: NotedBlob) => Promise<StoredFile>,
  ): Promise<StoredFile> => {
    const blob: NotedBlob = { id, mayExist: false }
    await store.noteBlob(actor, id)
    try {
      return await work(blob)
    } catch (error) {
      await forget(blob)
      throw error
    } finally {
      await tidily(quarantine.discard(id))
    }
  }

  const tidily = (step: Promise<unknown>) => step.catch((error: unknown) => needs.onError(error, 'rest of an upload'))
  const forget = async ({ id, mayExist }: NotedBlob) => {
    if (!mayExist) await tidily(store.forgetDoomed([id]))
  }

  const checkName = (name: string): void => {
    const message = wrongName(name)
    if (message === undefined) return
    const issue: InputIssue = { part: 'body', path: ['fileName'], rule: 'other', message }
    throw new AppError('request.invalid', { issues: [issue], message: `The name of the file ${message}.` })
  }

  return {
    limits,
    checkName,
    async admit(actor, conversationId, announced = 0) {
      const { place, used } = await store.findPlace(actor, conversationId)
      if (place === 'hidden') throw await needs.explainHidden(conversationId)
      if (place === 'personal') {
        const message = 'must be a team conversation'
        throw new AppError('request.invalid', {
          issues: [{ part: 'query', path: ['conversationId'], rule: 'other', message }],
        })
      }
      if (used + announced > limits.quotaBytes) throw new AppError('file.over_quota')
      return { actor, conversationId, used }
    },
    async receive(admission, { name, bytes }) {
      checkName(name)
      const id = needs.newId()
      const room = reserve(admission)
      try {
        return await noted(admission.actor, id, async (blob) => {
          const found = await quarantine.take(id, bytes, room.count)
          return keep(admission, blob, { name, found })
        })
      } finally {
        room.release()
      }
    },
    async adopt(admission, { id, name, claim }) {
      const blob: NotedBlob = { id, mayExist: false }
      let isClaimed = false
      const claimed = async () => (isClaimed = await claim())
      try {
        return await keep(admission, blob, { name, found: await quarantine.measure(id), claim: claimed })
      } catch (error) {
        const { retryable, code } = toAppError(error)
        if (!isClaimed && (retryable || code === 'upload.not_found')) throw error
        isClaimed = true
        await tidily(claim())
        await forget(blob)
        throw error
      } finally {
        if (isClaimed) await tidily(quarantine.discard(id))
      }
    },
    async takeBack({ actor }, files) {
      if (files.length === 0) return
      const ids = files.map(({ id }) => id)
      await store.removeUnsent(actor, ids).catch((error: unknown) => needs.onError(error, 'files of a broken upload'))
    },
  }
}

/** What must not be, to be said after "The name of the file"; undefined where nothing is wrong. */
export const wrongName = (name: string): string | undefined => {
  if (name === '') return 'must not be empty'
  if (name.length > MAX_FILE_NAME) return `must be at most ${MAX_FILE_NAME} characters`
  return name.includes('\0') || !name.isWellFormed() ? 'must not contain NUL or broken characters' : undefined
}
