/** Gives out links to files of training data: to their owner, within what one person may download, and never without a line in the log. */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import type { BlobStore, LinkTarget, SignedLink, SignLink } from '../files/index.ts'
import { BUCKET } from './content.ts'
import type { Allowance } from './download-limits.ts'
import type { DownloadAction, LogLine } from './log-line.ts'
import type { LogStore } from './log-store.ts'

/** How long links live, in seconds (contracts, 0.1). */
export const LINK_SECONDS = 3600 as const

interface Needs {
  readonly store: Pick<LogStore, 'findFiles' | 'noteDownload'>
  readonly signLink: SignLink
  readonly blobs: Pick<BlobStore, 'sizeOf'>
  /** Why a conversation is hidden from somebody. */
  readonly explainHidden: (conversationId: string) => Promise<AppError>
  /** Writes the final file of a conversation where it is due; never fails. */
  readonly writeFile: (actor: Actor, conversationId: string) => Promise<void>
  readonly allowance: Allowance
  readonly clock: Clock
}

export interface WantedLink {
  readonly action: DownloadAction
  readonly target: LinkTarget
  readonly conversationId?: string | undefined
  /** How long it lives; an hour where nothing is said. */
  readonly seconds?: number | undefined
  /** For the log. */
  readonly details?: Readonly<Record<string, unknown>> | undefined
}

/**
 * A link to a file that the actor may read, of which the caller has made sure. Fails with `training.link_failed` where the
 * file is not there or the storage can't be asked, with `training.download_limit` when the person has downloaded enough.
 */
export type GiveLink = (actor: Actor, wanted: WantedLink) => Promise<SignedLink>

export interface Download {
  readonly link: SignedLink
  readonly fileName: string
  /** Bytes; null where nobody knows. */
  readonly size: number | null
}

/**
 * The file of a conversation: the final one, or the model's answer as it was. Fails, in this order, with `conversation.not_found`,
 * `conversation.forbidden`, `training.no_file` and as `GiveLink` does. What fails counts as a download as well, so that
 * nobody can try all ids.
 */
export type GetDownload = (actor: Actor, conversationId: string, type: 'final' | 'raw') => Promise<Download>

export const makeDownloads = (needs: Needs): { giveLink: GiveLink; getDownload: GetDownload } => {
  const { store, signLink, blobs, explainHidden, writeFile, allowance, clock } = needs

  const note = async (actor: Actor, line: Omit<LogLine, 'at' | 'action'> & Pick<WantedLink, 'action'>) => {
    const refusal = await store.noteDownload(actor, { at: clock.now(), ...line }, allowance)
    if (refusal !== undefined) throw new AppError('training.download_limit', refusal)
  }

  /** A link to nothing would only fail later, where nobody can say why. */
  const sign = async (target: LinkTarget, seconds: number): Promise<{ link: SignedLink; bytes: number }> => {
    try {
      const bytes = await blobs.sizeOf(`${target.bucket}/${target.path}`)
      if (bytes === undefined) throw new AppError('file.not_found')
      return { link: await signLink(target, seconds), bytes }
    } catch (error) {
      throw new AppError('training.link_failed', { cause: error })
    }
  }

  const giveLink: GiveLink = async (actor, { target, seconds = LINK_SECONDS, ...line }) => {
    try {
      const { link, bytes } = await sign(target, seconds)
      await note(actor, { ...line, bytes })
      return link
    } catch (error) {
      if (error instanceof AppError && error.code === 'training.link_failed')
        await note(actor, { ...line, errorCode: error.code })
      throw error
    }
  }

  /** A final file that is behind is written first: whoever downloads what they have just changed gets what they changed. */
  const findCurrentFiles = async (actor: Actor, conversationId: string, type: 'final' | 'raw') => {
    const files = await store.findFiles(actor, conversationId)
    if (type === 'raw' || files?.isDue !== true) return files
    await writeFile(actor, conversationId)
    return store.findFiles(actor, conversationId)
  }

  const getDownload: GetDownload = async (actor, conversationId, type) => {
    const line = { action: type === 'raw' ? 'download_raw' : 'download', conversationId } as const
    const refuse = async (error: AppError): Promise<never> => {
      await note(actor, { ...line, errorCode: error.code })
      throw error
    }
    const files = await findCurrentFiles(actor, conversationId, type)
    if (files === undefined) return refuse(await explainHidden(conversationId))
    const [path, size] = type === 'raw' ? [files.rawPath, files.rawSize] : [files.filePath, files.fileSize]
    if (path === null) return refuse(new AppError('training.no_file'))
    const link = await giveLink(actor, { ...line, target: { bucket: BUCKET, path } })
    return { link, fileName: path.split('/').at(-1) || 'conversation.json', size: size || null }
  }

  return {
    giveLink,
    getDownload: (actor, conversationId, type) =>
      getDownload(actor, conversationId, type).catch((error: unknown) => {
        throw error instanceof AppError ? error : new AppError('training.download_failed', { cause: error })
      }),
  }
}
