/** One server-sent stream that comes back by itself. Knows addresses and JSON, nothing of what is said. */

export interface FollowOptions<E> {
  /** A function is told the id of the last event, so that a connection made anew goes on from there; null: from now. */
  readonly address: string | ((lastEventId: string | null) => string)
  readonly onEvent: (event: E) => void
  readonly onDisconnected: () => void
  /** The server refused the stream. `retryIn(ms)` connects again later; without it the stream stays closed. */
  readonly onRefused: (retryIn: (milliseconds: number) => void) => void
}

/** A page that nobody has looked at for this long lets go of its connection: browsers give all tabs of a site six between them. */
const LETS_GO_AFTER = 60_000
/** After this long without a word, coming back to the page connects again: laptops sleep, and dead connections look alive. */
const STALE_AFTER = 45_000

/**
 * Connects and stays connected. A broken connection is made again by the browser, which says where it had got to.
 * @returns how to end it, and how to connect again from the start.
 */
export const follow = <E>({ address, onEvent, onDisconnected, onRefused }: FollowOptions<E>) => {
  let source: EventSource | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let lastWord = Date.now()
  let lastEventId: string | null = null

  const connect = () => {
    clearTimeout(timer)
    source?.close()
    const made = new EventSource(typeof address === 'string' ? address : address(lastEventId))
    source = made
    lastWord = Date.now()
    made.addEventListener('message', ({ data, lastEventId: id }: MessageEvent<string>) => {
      lastWord = Date.now()
      if (id !== '') lastEventId = id
      let event: E
      try {
        event = JSON.parse(data) as E
      } catch {
        return
      }
      onEvent(event)
    })
    made.addEventListener('error', () => {
      onDisconnected()
      // CONNECTING: the browser tries again by itself. CLOSED: it was refused and has given up.
      if (made.readyState !== EventSource.CLOSED || source !== made) return
      onRefused((milliseconds) => {
        if (source === made) timer = setTimeout(connect, milliseconds)
      })
    })
  }

  let letGo: ReturnType<typeof setTimeout> | undefined
  const onVisibility = () => {
    clearTimeout(letGo)
    if (document.hidden) {
      letGo = setTimeout(() => {
        clearTimeout(timer)
        source?.close()
        source = null
        onDisconnected()
      }, LETS_GO_AFTER)
    } else if (source === null || Date.now() - lastWord > STALE_AFTER) connect()
  }
  document.addEventListener('visibilitychange', onVisibility)
  addEventListener('online', connect)
  connect()

  return {
    restart: connect,
    close: () => {
      clearTimeout(timer)
      clearTimeout(letGo)
      source?.close()
      source = null
      document.removeEventListener('visibilitychange', onVisibility)
      removeEventListener('online', connect)
    },
  }
}
