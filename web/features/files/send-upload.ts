/** Sends one file in one request. */
import type { UploadResult } from '#contract/messages/files.ts'
import { toAddress } from '../../lib/client.ts'
import { RequestError } from '../../lib/request-error.ts'
import { sendForm, type Sending } from '../../lib/send-form.ts'
import { shownUpload, type ShownFile } from './shown-file.ts'

/** An upload that has started; ends in the stored file. */
export type UploadRun = Sending<ShownFile>

export type SendFile = (conversationId: string, file: File, onProgress: (bytes: number) => void) => UploadRun

const readResult = (answer: unknown): ShownFile => {
  const result = (answer as { readonly data: readonly UploadResult[] }).data[0]
  if (result?.status === 'stored') return shownUpload(result.file)
  throw new RequestError(400, result?.code ?? 'http.400', result?.detail ?? '', false)
}

export const sendUpload: SendFile = (conversationId, file, onProgress) => {
  const form = new FormData()
  form.append('file', file)
  const { done, cancel } = sendForm({ address: toAddress('/api/files', {}, { conversationId }), form, onProgress })
  return { done: done.then(readResult), cancel }
}
