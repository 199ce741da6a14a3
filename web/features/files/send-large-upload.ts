/** Sends a large file so that a lost connection costs nothing: tus, which goes on where it stopped. Fetched with the first such file. */
import { DetailedError, Upload } from 'tus-js-client'
import { refusal } from '../../lib/client.ts'
import { reportSilence } from '../../lib/reachability.ts'
import { asRequestError, unreachable, type RequestError } from '../../lib/request-error.ts'
import type { SendFile } from './send-upload.ts'
import { categoryOf, thumbnailUrl, type ShownFile } from './shown-file.ts'

const ENDPOINT = '/api/files/uploads'
/** Waits between attempts, in milliseconds; after the last one it is the person, or the connection's return, that tries again. */
const RETRY_AFTER = [0, 1000, 3000, 5000]

const readJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

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

/** What is known of the file before the server is asked for it. */
const shownLarge = (id: string, file: File): ShownFile => {
  const category = categoryOf(file.type)
  return {
    id,
    name: file.name,
    contentType: file.type,
    category,
    size: file.size,
    thumbnailUrl: ['image', 'video', 'pdf'].includes(category) ? thumbnailUrl(id, 'medium') : null,
    duration: null,
    dimensions: null,
    sharedAt: new Date().toISOString(),
    senderName: null,
    messageId: null,
  }
}

export const sendLargeUpload: SendFile = (conversationId, file, onProgress) => {
  let isCancelled = false
  const ended = Promise.withResolvers<ShownFile>()
  const upload = new Upload(file, {
    endpoint: ENDPOINT,
    metadata: { conversationId, filename: file.name },
    fingerprint: () => Promise.resolve(fingerprintOf(conversationId, file)),
    removeFingerprintOnSuccess: true,
    retryDelays: RETRY_AFTER,
    onProgress: (sent) => onProgress(sent),
    onSuccess: ({ lastResponse }) => {
      const id = lastResponse.getHeader('X-File-Id')
      if (id) ended.resolve(shownLarge(id, file))
      else ended.reject(unreachable())
    },
    onError: (error) => ended.reject(toError(error)),
  })
  void upload.findPreviousUploads().then((previous) => {
    if (isCancelled) return
    if (previous[0]) upload.resumeFromPreviousUpload(previous[0])
    upload.start()
  })
  return {
    done: ended.promise,
    cancel: () => {
      isCancelled = true
      // What it leaves behind when the server can't be told expires there.
      upload.abort(true).catch(() => {})
    },
  }
}
