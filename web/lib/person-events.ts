/** The one stream of a tab that tells a person what happens around them. Features listen; this knows none of them. */
import type { PersonEvent } from '#contract/messages/team.ts'
import { request, toAddress } from './client.ts'
import { follow } from './event-source.ts'
import { reportSilence } from './reachability.ts'
import { asRequestError } from './request-error.ts'
import type { readMe as endpoint } from '#contract/app/index.ts'

const RETRY_AFTER = 3000

export type PersonEventListener = (event: PersonEvent) => void

const listeners = new Set<PersonEventListener>()

/** @returns how to stop listening. */
export const onPersonEvent = (listener: PersonEventListener): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/**
 * Connects, and stays connected until the returned function is called. A new connection goes on where the last one ended;
 * where the server can't, it says `reset`.
 */
export const followPersonEvents = (): (() => void) => {
  const connection = follow<PersonEvent>({
    address: (lastEventId) => toAddress('/api/app/events', {}, { lastEventId: lastEventId ?? undefined }),
    onEvent: (event) => {
      for (const listener of listeners) listener(event)
    },
    onDisconnected: () => {
      if (!document.hidden) reportSilence()
    },
    // The stream itself does not say why. Asking who this is does: signed out, or just away.
    onRefused: (retryIn) => {
      request<typeof endpoint>({ method: 'GET', path: '/api/app/me' })
        .then(() => retryIn(RETRY_AFTER))
        .catch((error: unknown) => {
          if (asRequestError(error).status !== 401) retryIn(RETRY_AFTER)
        })
    },
  })
  return () => connection.close()
}
