/** How often somebody who writes is told of, however often their page says so; counted by this process alone. */

/** For so long one word of it lasts, in milliseconds: pages forget who writes after six seconds. */
const LASTS_MS = 3_000
/** In more conversations than this nobody writes within that time. */
const MOST_AT_ONCE = 5

/** Whether to tell that a person writes in a conversation, at a time in milliseconds: once in three seconds for each. */
export const makeLimitTyping = (): ((personId: string, conversationId: string, now: number) => boolean) => {
  /** When which person was last told of, the latest behind; only those that still count. */
  const told = new Map<string, { at: number; conversations: Map<string, number> }>()
  return (personId, conversationId, now) => {
    for (const [id, { at }] of told) {
      if (now - at < LASTS_MS) break
      told.delete(id)
    }
    const conversations = told.get(personId)?.conversations ?? new Map<string, number>()
    for (const [id, at] of conversations) if (now - at >= LASTS_MS) conversations.delete(id)
    if (conversations.has(conversationId) || conversations.size >= MOST_AT_ONCE) return false
    conversations.set(conversationId, now)
    told.delete(personId)
    told.set(personId, { at: now, conversations })
    return true
  }
}
