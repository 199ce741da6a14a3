/** Sends a large file so that a lost connection costs nothing: tus, which goes on where it stopped. Fetched with the first such file. */
import { defaultOptions, DetailedError, Upload } from 'tus-js-client'
import type { getUpload } from '#contract/messages/uploads.ts'
import { readJson, refusal, request } from '../../lib/client.ts'
import { awaitAnswer, reportSilence } from '../../lib/reachability.ts'
import { asRequestError, unreachable, type RequestError } from '../../lib/request-error.ts'
import type { SendFile } from './send-upload.ts'
import { shownUpload, type ShownFile } from './shown-file.ts'

const ENDPOINT = '/api/files/uploads'
/** Waits between attempts, in milliseconds; after the last one it is the person, or the connection's return, that tries again. */
const RETRY_AFTER = [0, 1000, 3000, 5000]

const toError = (thrown: Error | DetailedError): RequestError => {
  const response = thrown instanceof DetailedError ? thrown.originalResponse : null
  if (response && response.getStatus() > 0) return refusal(response.getStatus(), readJson(response.getBody()))
  if (!(thrown instanceof DetailedError)) return asRequestError(thrown)
  reportSilence()
  return unreachable()
}

/** The same file for the same conversation is the same upload, also after a reload. */
const fingerprintOf = (conversationId: string, { name, type, size, lastModified }: File): string =>
  ['parlance', conversationId, name, type, size, lastModified].join(' ')

/** Addresses of uploads that this page is sending: the same file, attached twice, is sent twice. */
const underWay = new Set<string>()

/** What the file turned out to be. */
const readStored = async (address: string): Promise<ShownFile> => {
  const { file } = await request<typeof getUpload>({
    method: 'GET',
    path: `${ENDPOINT}/{fileId}`,
    params: { fileId: address.slice(address.lastIndexOf('/') + 1) },
    headers: { 'tus-resumable': '1.0.0' },
  })
  if (file === null) throw unreachable()
  return shownUpload(file)
}

/** The file that it became; chosen again, the same file is another upload from now on. Until the answer is here it is this one. */
const complete = async (upload: Upload): Promise<ShownFile> => {
  const stored = await readStored(upload.url ?? '')
  const known = await upload.findPreviousUploads()
  const done = known.filter(({ uploadUrl }) => uploadUrl === upload.url)
  await Promise.all(done.map(({ urlStorageKey }) => defaultOptions.urlStorage.removeUpload(urlStorageKey)))
  return stored
}

export const sendLargeUpload: SendFile = (conversationId, file, onProgress) => {
  let isCancelled = false
  const ended = Promise.withResolvers<ShownFile>()
  const answer = awaitAnswer(() => void upload.abort().then(() => upload.start()))
  const leave = () => {
    answer.ended()
    underWay.delete(upload.url ?? '')
  }
  const upload = new Upload(file, {
    endpoint: ENDPOINT,
    metadata: { conversationId, filename: file.name },
    fingerprint: () => Promise.resolve(fingerprintOf(conversationId, file)),
    retryDelays: RETRY_AFTER,
    onUploadUrlAvailable: () => void underWay.add(upload.url ?? ''),
    onProgress: (sent) => {
      answer.moves()
      onProgress(sent)
    },
    onSuccess: () => {
      leave()
      ended.resolve(complete(upload))
    },
    onError: (error) => {
      leave()
      ended.reject(toError(error))
    },
  })
  void upload.findPreviousUploads().then((previous) => {
    if (isCancelled) return
    const stopped = previous.find(({ uploadUrl }) => uploadUrl !== null && !underWay.has(uploadUrl))
    if (stopped) upload.resumeFromPreviousUpload(stopped)
    upload.start()
  })
  return {
    done: ended.promise,
    cancel: () => {
      isCancelled = true
      leave()
      // What it leaves behind when the server can't be told expires there.
      upload.abort(true).catch(() => {})
    },
  }
}
