/** The loaded messages of a conversation, oldest first, as one run without holes: pure. */
import type { listMessages, Message } from '#contract/app/index.ts'
import type { ReplyOf } from '#contract/endpoint.ts'

type Page = ReplyOf<typeof listMessages>

export interface LoadedMessages {
  /** Oldest first. */
  readonly messages: readonly Message[]
  /** There are older ones on the server. */
  readonly hasOlder: boolean
}

const isBefore = (a: Message, b: Message) => a.createdAt < b.createdAt || (a.createdAt === b.createdAt && a.id < b.id)

/**
 * The newest page as it is now, joined to what was loaded before. What the page covers is replaced by it, so messages that
 * are gone on the server go here too; older loaded ones stay where the page reaches them, and those that were added since
 * the page was asked for stay at the end.
 */
export const withNewest = (
  loaded: LoadedMessages | undefined,
  page: Page,
  addedSince: readonly Message[] = [],
): LoadedMessages => {
  const fresh = page.data.toReversed()
  const oldest = fresh[0]
  const known = new Set(fresh.map(({ id }) => id))
  const late = addedSince.filter(({ id }) => !known.has(id))
  const touching = oldest && loaded?.messages.some(({ id }) => known.has(id)) ? loaded : null
  const older =
    touching?.messages.filter((message) => oldest && isBefore(message, oldest) && !known.has(message.id)) ?? []
  return {
    messages: [...older, ...fresh, ...late],
    hasOlder: touching && older.length > 0 ? touching.hasOlder : page.hasMore,
  }
}

/** One more page of history in front. */
export const withOlder = (loaded: LoadedMessages, page: Page): LoadedMessages => {
  const known = new Set(loaded.messages.map(({ id }) => id))
  return {
    messages: [...page.data.toReversed().filter(({ id }) => !known.has(id)), ...loaded.messages],
    hasOlder: page.hasMore,
  }
}

/** A message that has just come to be; one that is there already is replaced. */
export const withMessage = (loaded: LoadedMessages, message: Message): LoadedMessages => {
  const at = loaded.messages.findIndex(({ id }) => id === message.id)
  return {
    ...loaded,
    messages: at === -1 ? [...loaded.messages, message] : loaded.messages.with(at, message),
  }
}
