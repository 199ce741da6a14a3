/**
 * Downloads the file of a conversation, or the model's raw answer (contracts, 0.7): one request however often the button is
 * pressed, each file with a state of its own that outlives the dialog it was asked for in.
 */
import type { getDownload as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { createStore, useStore } from '../../lib/store.ts'

export type DownloadKind = 'final' | 'raw'

export interface DownloadState {
  readonly isWorking: boolean
  /** Why the latest attempt failed. */
  readonly error?: unknown
}

const states = createStore<ReadonlyMap<string, DownloadState>>(new Map())
const idle: DownloadState = { isWorking: false }

/** As the document names them. */
const keyOf = (conversationId: string, kind: DownloadKind): string =>
  kind === 'raw' ? `raw-${conversationId}` : conversationId

const say = (key: string, state: DownloadState): void => states.set((present) => new Map(present).set(key, state))

export const useDownloadState = (conversationId: string, kind: DownloadKind): DownloadState =>
  useStore(states).get(keyOf(conversationId, kind)) ?? idle

export const downloadFile = async (conversationId: string, kind: DownloadKind): Promise<void> => {
  const key = keyOf(conversationId, kind)
  if (states.get().get(key)?.isWorking) return
  say(key, { isWorking: true })
  try {
    const { download_url: address, filename } = await request<typeof endpoint>({
      method: 'GET',
      path: '/api/conversations/{conversationId}/download',
      params: { conversationId },
      query: kind === 'raw' ? { type: 'raw' } : {},
    })
    follow(address, filename)
    say(key, idle)
  } catch (error) {
    say(key, { isWorking: false, error })
  }
}

/** A link that is an attachment leaves the page where it is, and no blocker of popups minds it. */
export const follow = (address: string, filename: string): void => {
  const link = document.createElement('a')
  link.href = address
  link.download = filename
  link.rel = 'noreferrer'
  link.click()
}
