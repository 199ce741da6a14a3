/** The loaded messages of a conversation or a thread: one run without holes, oldest first, somewhere in its history. Pure. */
import type { ReplyOf } from '#contract/endpoint.ts'
import type { listTeamMessages, TeamMessage } from '#contract/messages/team.ts'

type Page = ReplyOf<typeof listTeamMessages>

export interface LoadedMessages {
  /** Oldest first. */
  readonly messages: readonly TeamMessage[]
  readonly hasOlder: boolean
  /** The run does not reach the present: what is posted now does not belong to it yet. */
  readonly hasNewer: boolean
}

const isBefore = (a: TeamMessage, b: TeamMessage) =>
  a.createdAt < b.createdAt || (a.createdAt === b.createdAt && a.id < b.id)

export const startedWith = ({ data, hasOlder, hasNewer }: Page): LoadedMessages => ({
  messages: data,
  hasOlder,
  hasNewer,
})

/** One more page in front. */
export const withOlder = (loaded: LoadedMessages, page: Page): LoadedMessages => {
  const known = new Set(loaded.messages.map(({ id }) => id))
  return {
    ...loaded,
    messages: [...page.data.filter(({ id }) => !known.has(id)), ...loaded.messages],
    hasOlder: page.hasOlder,
  }
}

/** One more page at the end. */
export const withNewer = (loaded: LoadedMessages, page: Page): LoadedMessages => {
  const known = new Set(loaded.messages.map(({ id }) => id))
  return {
    ...loaded,
    messages: [...loaded.messages, ...page.data.filter(({ id }) => !known.has(id))],
    hasNewer: page.hasNewer,
  }
}

/**
 * A page that was read again, joined to what was loaded: what the page covers is replaced by it, so that messages that are
 * gone on the server go here too; what lies outside stays. A page that touches nothing loaded takes its place.
 * @param addedSince messages that were added after the page was asked for; they stay
 */
export const reread = (
  loaded: LoadedMessages | undefined,
  page: Page,
  addedSince: readonly TeamMessage[] = [],
): LoadedMessages => {
  const fresh = startedWith(page)
  const [first, last] = [page.data[0], page.data.at(-1)]
  const known = new Set(page.data.map(({ id }) => id))
  if (!loaded || !first || !last || !loaded.messages.some(({ id }) => known.has(id))) {
    return { ...fresh, messages: [...page.data, ...addedSince.filter(({ id }) => !known.has(id))] }
  }
  const others = loaded.messages.filter(({ id }) => !known.has(id))
  // Before a page that begins with the first message of all, there is none.
  const older = page.hasOlder ? others.filter((message) => isBefore(message, first)) : []
  const added = new Set(addedSince.map(({ id }) => id))
  const newer = others.filter((message) => isBefore(last, message) && (page.hasNewer || added.has(message.id)))
  return {
    messages: [...older, ...page.data, ...newer],
    hasOlder: older.length > 0 ? loaded.hasOlder : page.hasOlder,
    hasNewer: page.hasNewer && newer.length > 0 ? loaded.hasNewer : page.hasNewer,
  }
}

/** A message that has just come to be, where it belongs; one that is there already is replaced. */
export const withMessage = (loaded: LoadedMessages, message: TeamMessage): LoadedMessages => {
  const at = loaded.messages.findIndex(({ id }) => id === message.id)
  if (at !== -1) return { ...loaded, messages: loaded.messages.with(at, message) }
  if (loaded.hasNewer) return loaded
  const place = loaded.messages.findLastIndex((other) => isBefore(other, message)) + 1
  // Older than everything loaded: it comes with its page.
  if (place === 0 && loaded.hasOlder) return loaded
  return { ...loaded, messages: loaded.messages.toSpliced(place, 0, message) }
}

/** Changes a message where it is loaded. */
export const withChange = (
  loaded: LoadedMessages,
  id: string,
  change: (message: TeamMessage) => TeamMessage,
): LoadedMessages => {
  const at = loaded.messages.findIndex((message) => message.id === id)
  const message = loaded.messages[at]
  return message ? { ...loaded, messages: loaded.messages.with(at, change(message)) } : loaded
}

export const withoutMessage = (loaded: LoadedMessages, id: string): LoadedMessages => ({
  ...loaded,
  messages: loaded.messages.filter((message) => message.id !== id),
})
