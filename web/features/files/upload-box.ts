/** The files of one message that is being written: chosen, on their way, stored or refused. Pure; whoever sends them keeps the bytes. */
import type { RequestError } from '../../lib/request-error.ts'
import type { ShownFile } from './shown-file.ts'

export interface Upload {
  /** Known to this page only. */
  readonly localId: string
  readonly name: string
  /** As the browser guesses it: good for an icon, until the server says what the file is. */
  readonly contentType: string
  /** Bytes. */
  readonly size: number
  readonly state: 'waiting' | 'sending' | 'stored' | 'failed'
  /** Bytes that have gone out. */
  readonly sent: number
  readonly error: RequestError | null
  readonly file: ShownFile | null
}

export type UploadBox = readonly Upload[]

/** Files of one message at most (contract, `MAX_ATTACHMENTS`). */
export const MOST_FILES = 10
/** Uploads under way at once. */
const AT_ONCE = 3

type Chosen = Pick<Upload, 'localId' | 'name' | 'contentType' | 'size'>

const change = (box: UploadBox, localId: string, fields: Partial<Upload>): UploadBox =>
  box.map((upload) => (upload.localId === localId ? { ...upload, ...fields } : upload))

export const roomIn = (box: UploadBox): number => Math.max(0, MOST_FILES - box.length)

/** Adds as many as there is room for. */
export const withChosen = (box: UploadBox, chosen: readonly Chosen[]): UploadBox => [
  ...box,
  ...chosen
    .slice(0, roomIn(box))
    .map((file) => ({ ...file, state: 'waiting' as const, sent: 0, error: null, file: null })),
]

/** Puts files back that are stored already: a message that was not sent, or a draft after a reload. */
export const withGivenBack = (box: UploadBox, files: readonly ShownFile[]): UploadBox => [
  ...files
    .filter((file) => box.every((upload) => upload.file?.id !== file.id))
    .map((file) => ({
      localId: file.id,
      name: file.name,
      contentType: file.contentType,
      size: file.size,
      state: 'stored' as const,
      sent: file.size,
      error: null,
      file,
    })),
  ...box,
]

export const withSending = (box: UploadBox, localId: string): UploadBox =>
  change(box, localId, { state: 'sending', error: null })

/** `sent` counts the bytes of the request, which are a few more than the file's. */
export const withProgress = (box: UploadBox, localId: string, sent: number): UploadBox =>
  box.map((upload) =>
    upload.localId === localId && upload.state === 'sending'
      ? { ...upload, sent: Math.min(Math.max(sent, upload.sent), upload.size) }
      : upload,
  )

export const withStored = (box: UploadBox, localId: string, file: ShownFile): UploadBox =>
  change(box, localId, { state: 'stored', sent: file.size, size: file.size, name: file.name, file })

export const withFailed = (box: UploadBox, localId: string, error: RequestError): UploadBox =>
  change(box, localId, { state: 'failed', error })

export const withRetried = (box: UploadBox, localId: string): UploadBox =>
  change(box, localId, { state: 'waiting', sent: 0, error: null })

export const without = (box: UploadBox, localId: string): UploadBox =>
  box.filter((upload) => upload.localId !== localId)

/** Those whose turn it is. */
export const nextOf = (box: UploadBox): readonly Upload[] => {
  const underWay = box.filter(({ state }) => state === 'sending').length
  return box.filter(({ state }) => state === 'waiting').slice(0, Math.max(0, AT_ONCE - underWay))
}

/** Some are still on their way. */
export const isUploading = (box: UploadBox): boolean =>
  box.some(({ state }) => state === 'waiting' || state === 'sending')

export const storedFiles = (box: UploadBox): readonly ShownFile[] => box.flatMap(({ file }) => file ?? [])

/** What failed because the server could not be reached: the connection, and not the file, is what has to be mended. */
export const cutOff = (box: UploadBox): readonly Upload[] =>
  box.filter(({ state, error }) => state === 'failed' && error?.status === 0)
