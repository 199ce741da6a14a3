/** Removes a file that was uploaded and not sent. */
import type { deleteUpload as endpoint } from '#contract/messages/files.ts'
import { request } from '../../lib/client.ts'

/** Whatever happens: a file that nobody sends is removed by the server within a day. */
export const deleteUpload = (fileId: string): void => {
  request<typeof endpoint>({ method: 'DELETE', path: '/api/files/{fileId}', params: { fileId } }).catch(() => {})
}
