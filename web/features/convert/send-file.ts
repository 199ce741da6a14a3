/** Uploads one file into the session. */
import { sendForm, type Sending } from '../../lib/send-form.ts'
import { withCsrfToken } from './csrf-token.ts'

/** An upload that has started. */
export type FileRun = Sending<unknown>

export const sendFile = (jobId: string, file: File, onProgress: (bytes: number) => void): FileRun => {
  const form = new FormData()
  // Before the file: the server can refuse it before the bytes come.
  form.append('job_id', jobId)
  form.append('file', file)
  let sending: FileRun | null = null
  let isCancelled = false
  return {
    done: withCsrfToken((headers) => {
      if (isCancelled) return new Promise(() => {})
      sending = sendForm({ address: '/upload', form, headers, onProgress, keepsSession: true })
      return sending.done
    }),
    cancel: () => {
      isCancelled = true
      sending?.cancel()
    },
  }
}
