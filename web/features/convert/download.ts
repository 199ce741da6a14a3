/** Downloads by the browser itself: it shows how far it has come, and nothing large goes through the page. */
import { toAddress } from '../../lib/client.ts'
import { issueArchiveToken } from './issue-archive-token.ts'
import { issueDownloadToken } from './issue-download-token.ts'

/** A link rather than an address: what is refused then is a download that failed, and never takes the page's place. */
const follow = (address: string, name = ''): void => {
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
}

/** Takes a token and uses it up at once. */
export const downloadJob = async (jobId: string): Promise<void> =>
  follow(toAddress('/download', {}, { token: await issueDownloadToken(jobId) }))

/** The same for all finished files, in one ZIP. */
export const downloadAll = async (): Promise<void> =>
  follow(toAddress('/download', {}, { token: await issueArchiveToken() }))

/** A text of the page's own as a file. */
export const downloadText = (name: string, contentType: string, text: string): void => {
  const address = URL.createObjectURL(new Blob([text], { type: contentType }))
  follow(address, name)
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}
