/** Sends a form with a file and tells how far it has come: `fetch` can't say that of what it sends, so this is XMLHttpRequest. */
import { readJson, refusal } from './client.ts'
import { awaitAnswer, reportAnswer, reportSilence } from './reachability.ts'
import { unreachable } from './request-error.ts'

interface SentForm {
  readonly address: string
  readonly form: FormData
  readonly headers?: Readonly<Record<string, string>>
  /** Bytes of the form that have gone out. */
  readonly onProgress: (bytes: number) => void
  /** A 401 here is not about the person's session. */
  readonly keepsSession?: boolean
}

/** Something on its way to the server. */
export interface Sending<T> {
  /** What the server made of it; rejects with a `RequestError`. Never settles once it was cancelled. */
  readonly done: Promise<T>
  readonly cancel: () => void
}

/** `done`: the body of the 201, as JSON. */
export const sendForm = ({
  address,
  form,
  headers = {},
  onProgress,
  keepsSession = false,
}: SentForm): Sending<unknown> => {
  const sending = new XMLHttpRequest()
  const done = new Promise<unknown>((resolve, reject) => {
    const isLost = () => {
      ended()
      reportSilence()
      reject(unreachable())
    }
    const { ended, moves } = awaitAnswer(() => {
      isLost()
      sending.abort()
    })
    sending.upload.addEventListener('progress', ({ loaded }) => {
      moves()
      onProgress(loaded)
    })
    sending.addEventListener('error', isLost)
    sending.addEventListener('abort', ended)
    sending.addEventListener('load', () => {
      ended()
      const { status } = sending
      const answer = readJson(sending.responseText)
      if (status < 500) reportAnswer()
      if (status === 201) resolve(answer)
      else reject(refusal(status, answer, keepsSession, sending.getResponseHeader('retry-after')))
    })
  })
  sending.open('POST', address)
  for (const [name, value] of Object.entries(headers)) sending.setRequestHeader(name, value)
  sending.send(form)
  return { done, cancel: () => sending.abort() }
}
