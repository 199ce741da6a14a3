/**
 * Uploads under way, one box for each message that is being written. They belong to the page and not to the composer: another
 * conversation may be opened meanwhile. What is stored survives a reload with the draft.
 */
import { useEffect } from 'react'
import { localId } from '../../lib/local-id.ts'
import { onReachable } from '../../lib/reachability.ts'
import { asRequestError } from '../../lib/request-error.ts'
import { readSaved, save } from '../../lib/saved.ts'
import { createStore, useStore } from '../../lib/store.ts'
import { deleteUpload } from './delete-upload.ts'
import { sendUpload, type UploadRun } from './send-upload.ts'
import type { ShownFile } from './shown-file.ts'
import {
  cutOff,
  nextOf,
  roomIn,
  storedFiles,
  withChosen,
  withFailed,
  withGivenBack,
  without,
  withProgress,
  withRetried,
  withSending,
  withStored,
  type UploadBox,
} from './upload-box.ts'

/** Larger files than this, in bytes, are sent so that they can be resumed. */
const LARGE = 20_000_000
/** The server keeps what nobody sends for a day; what is nearly that old is not offered again, in milliseconds. */
const KEPT_FOR = 23 * 60 * 60 * 1000

/** Whose message in which conversation. */
export interface BoxOf {
  readonly personId: string
  readonly conversationId: string
  /** The thread that is answered in, if it is one. */
  readonly threadId?: string | undefined
}

const keyOf = ({ personId, conversationId, threadId }: BoxOf) =>
  `person.${personId}.files.${conversationId}${threadId === undefined ? '' : `.${threadId}`}`

const empty: UploadBox = []
const boxes = createStore<Readonly<Record<string, UploadBox>>>({})
/** The bytes of what is not stored yet, and their addresses for a picture of them. */
const chosen = new Map<string, File>()
const pictures = new Map<string, string>()
const runs = new Map<string, UploadRun>()

const readBox = (key: string): UploadBox => {
  const present = boxes.get()[key]
  if (present) return present
  try {
    const files = JSON.parse(readSaved(key) ?? '[]') as ShownFile[]
    return withGivenBack(
      empty,
      files.filter(({ sharedAt }) => Date.now() - Date.parse(sharedAt) < KEPT_FOR),
    )
  } catch {
    return empty
  }
}

const change = (key: string, changed: (box: UploadBox) => UploadBox): void => {
  const before = readBox(key)
  const box = changed(before)
  boxes.set((present) => ({ ...present, [key]: box }))
  const files = storedFiles(box)
  if (files.length !== storedFiles(before).length) save(key, files.length === 0 ? null : JSON.stringify(files))
}

/** Its bytes are no longer needed here. */
const letGo = (id: string): void => {
  chosen.delete(id)
  runs.delete(id)
}

const dropPicture = (id: string): void => {
  const picture = pictures.get(id)
  if (picture !== undefined) URL.revokeObjectURL(picture)
  pictures.delete(id)
}

const sendFileFor = async (file: File) =>
  file.size > LARGE ? (await import('./send-large-upload.ts')).sendLargeUpload : sendUpload

const send = async (key: string, conversationId: string, id: string, file: File): Promise<void> => {
  change(key, (box) => withSending(box, id))
  try {
    const sendFile = await sendFileFor(file)
    // Removed while the way to send it was fetched.
    if (!chosen.has(id)) return
    const run = sendFile(conversationId, file, (sent) => change(key, (box) => withProgress(box, id, sent)))
    runs.set(id, run)
    const stored = await run.done
    change(key, (box) => withStored(box, id, stored))
    letGo(id)
  } catch (thrown) {
    change(key, (box) => withFailed(box, id, asRequestError(thrown)))
  }
  sendNext(key, conversationId)
}

const sendNext = (key: string, conversationId: string): void => {
  for (const { localId: id } of nextOf(readBox(key))) {
    const file = chosen.get(id)
    if (file) void send(key, conversationId, id, file)
  }
}

/** What a lost connection cut off goes on when the server is back. */
onReachable(() => {
  for (const [key, box] of Object.entries(boxes.get())) {
    const conversationId = /\.files\.([^.]+)/.exec(key)?.[1] ?? ''
    for (const { localId: id } of cutOff(box)) change(key, (present) => withRetried(present, id))
    sendNext(key, conversationId)
  }
})

/** Starts to upload. @returns how many found no room. */
export const addFiles = (of: BoxOf, files: readonly File[]): number => {
  const key = keyOf(of)
  const room = roomIn(readBox(key))
  const added = files.slice(0, room).map((file) => {
    const id = localId()
    chosen.set(id, file)
    if (/^image\/(png|jpeg|gif|webp|avif)$/.test(file.type)) pictures.set(id, URL.createObjectURL(file))
    return { localId: id, name: file.name, contentType: file.type, size: file.size }
  })
  change(key, (box) => withChosen(box, added))
  sendNext(key, of.conversationId)
  return files.length - added.length
}

/** Stops an upload, or removes what it stored. */
export const removeFile = (of: BoxOf, id: string): void => {
  const key = keyOf(of)
  const upload = readBox(key).find((one) => one.localId === id)
  if (!upload) return
  runs.get(id)?.cancel()
  if (upload.file) deleteUpload(upload.file.id)
  letGo(id)
  dropPicture(id)
  change(key, (box) => without(box, id))
  sendNext(key, of.conversationId)
}

export const retryFile = (of: BoxOf, id: string): void => {
  const key = keyOf(of)
  change(key, (box) => withRetried(box, id))
  sendNext(key, of.conversationId)
}

/** Takes what is stored out of the box: it goes with a message now. What failed stays, to be tried again or removed. */
export const takeFiles = (of: BoxOf): readonly ShownFile[] => {
  const key = keyOf(of)
  const before = readBox(key)
  for (const { localId: id, file } of before) if (file) dropPicture(id)
  change(key, (box) => box.filter(({ file }) => file === null))
  return storedFiles(before)
}

/** Puts the files of a message that was not sent back into the box. */
export const giveBackFiles = (of: BoxOf, files: readonly ShownFile[]): void =>
  change(keyOf(of), (box) => withGivenBack(box, files))

/** The address of a picture as it was chosen, until it is sent or removed. */
export const localPicture = (id: string): string | null => pictures.get(id) ?? null

export const useUploadBox = (of: BoxOf): UploadBox => {
  const key = keyOf(of)
  useEffect(() => boxes.set((present) => ({ ...present, [key]: readBox(key) })), [key])
  return useStore(boxes)[key] ?? empty
}
