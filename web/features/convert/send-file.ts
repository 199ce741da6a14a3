/** Uploads one file, and tells how far it has come: `fetch` can't say that of what it sends, so this is XMLHttpRequest. */
import { refusal } from '../../lib/client.ts'
import { reportAnswer, reportSilence } from '../../lib/reachability.ts'
import { unreachable } from '../../lib/request-error.ts'
import { withCsrfToken } from './csrf-token.ts'

/** An upload that has started. */
export interface FileRun {
  /** Rejects with a `RequestError`. Never settles once it was cancelled. */
  readonly done: Promise<void>
  readonly cancel: () => void
}

const readJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const sendFile = (jobId: string, file: File, onProgress: (bytes: number) => void): FileRun => {
  let sending: XMLHttpRequest | null = null
  let isCancelled = false
  const send = (headers: Readonly<Record<string, string>>) =>
    new Promise<void>((resolve, reject) => {
      if (isCancelled) return
      const made = new XMLHttpRequest()
      sending = made
      made.upload.addEventListener('progress', ({ loaded }) => onProgress(loaded))
      made.addEventListener('error', () => {
        reportSilence()
        reject(unreachable())
      })
      made.addEventListener('load', () => {
        if (made.status < 500) reportAnswer()
        if (made.status === 201) resolve()
        else reject(refusal(made.status, readJson(made.responseText), true, made.getResponseHeader('retry-after')))
      })
      made.open('POST', '/upload')
      for (const [name, value] of Object.entries(headers)) made.setRequestHeader(name, value)
      const form = new FormData()
      // Before the file: the server can refuse it before the bytes come.
      form.append('job_id', jobId)
      form.append('file', file)
      made.send(form)
    })
  return {
    done: withCsrfToken(send),
    cancel: () => {
      isCancelled = true
      sending?.abort()
    },
  }
}
