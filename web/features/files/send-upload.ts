/** Sends one file in one request, and tells how far it has come: `fetch` can't say that of what it sends, so this is XMLHttpRequest. */
import type { UploadResult } from '#contract/messages/files.ts'
import { refusal, toAddress } from '../../lib/client.ts'
import { reportAnswer, reportSilence } from '../../lib/reachability.ts'
import { RequestError, unreachable } from '../../lib/request-error.ts'
import { shownUpload, type ShownFile } from './shown-file.ts'

/** An upload that has started. */
export interface UploadRun {
  /** The stored file; rejects with a `RequestError`. Never settles once it was cancelled. */
  readonly done: Promise<ShownFile>
  readonly cancel: () => void
}

export type SendFile = (conversationId: string, file: File, onProgress: (bytes: number) => void) => UploadRun

const readJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const sendUpload: SendFile = (conversationId, file, onProgress) => {
  const sending = new XMLHttpRequest()
  const done = new Promise<ShownFile>((resolve, reject) => {
    sending.upload.addEventListener('progress', ({ loaded }) => onProgress(loaded))
    sending.addEventListener('error', () => {
      reportSilence()
      reject(unreachable())
    })
    sending.addEventListener('load', () => {
      const { status } = sending
      const answer = readJson(sending.responseText)
      if (status < 500) reportAnswer()
      if (status !== 201) return reject(refusal(status, answer))
      const result = (answer as { readonly data: readonly UploadResult[] }).data[0]
      if (result?.status === 'stored') resolve(shownUpload(result.file))
      else reject(new RequestError(400, result?.code ?? 'http.400', result?.detail ?? '', false))
    })
  })
  sending.open('POST', toAddress('/api/files', {}, { conversationId }))
  const form = new FormData()
  form.append('file', file)
  sending.send(form)
  return { done, cancel: () => sending.abort() }
}
