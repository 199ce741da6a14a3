/** Has a file converted, and then downloaded by the browser itself: nothing large goes through the page. */
import { refusal } from '../../lib/client.ts'
import { reportAnswer, reportSilence } from '../../lib/reachability.ts'
import { unreachable } from '../../lib/request-error.ts'
import { convertedUrl } from './shown-file.ts'

/**
 * Resolves when the download begins. Asks for the first byte only, which waits for the conversion as the whole would.
 * @throws RequestError; an `AbortError` when `signal` fired, which stops the conversion
 */
export const convertFile = async (id: string, format: string, signal: AbortSignal): Promise<void> => {
  const address = convertedUrl(id, format)
  let response: Response
  try {
    response = await fetch(address, { headers: { range: 'bytes=0-0' }, signal })
  } catch (thrown) {
    if (signal.aborted) throw thrown
    reportSilence()
    throw unreachable()
  }
  if (response.status < 500) reportAnswer()
  if (!response.ok) {
    const body: unknown = await response.json().catch(() => undefined)
    throw refusal(response.status, body, false, response.headers.get('retry-after'))
  }
  signal.throwIfAborted()
  // A link rather than an address: what is refused then is a download that failed, and never takes the page's place.
  const link = document.createElement('a')
  link.href = address
  link.download = ''
  link.click()
}
