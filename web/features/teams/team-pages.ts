/** The loaded part of the list of team conversations, changed in place without asking the server again: pure. */
import type { InfiniteData } from '@tanstack/react-query'
import type { ReplyOf } from '#contract/endpoint.ts'
import type { listTeamConversations, TeamConversation } from '#contract/messages/team.ts'

export type TeamPage = ReplyOf<typeof listTeamConversations>
export type TeamPages = InfiniteData<TeamPage>

/** Every loaded conversation once, latest activity first. One that moved up between two pages is in both: the first wins. */
export const allTeams = (pages: TeamPages | undefined): TeamConversation[] => {
  const seen = new Set<string>()
  return (pages?.pages ?? []).flatMap((page) =>
    page.data.filter(({ id }) => {
      if (seen.has(id)) return false
      seen.add(id)
      return true
    }),
  )
}

export const withoutTeam = (pages: TeamPages, id: string): TeamPages => ({
  ...pages,
  pages: pages.pages.map((page) => ({ ...page, data: page.data.filter((team) => team.id !== id) })),
})

/**
 * Puts a conversation, new or changed, where its latest activity belongs. One that is older than everything loaded is
 * left out while there are more pages: it will come with its own.
 */
export const withTeam = (pages: TeamPages, changed: TeamConversation): TeamPages => {
  const others = withoutTeam(pages, changed.id)
  let placed = false
  const lastPage = others.pages.length - 1
  return {
    ...others,
    pages: others.pages.map((page, index) => {
      if (placed) return page
      const at = page.data.findIndex(({ activeAt }) => activeAt < changed.activeAt)
      const atEnd = at === -1 && index === lastPage && page.nextCursor === null
      if (at === -1 && !atEnd) return page
      placed = true
      return { ...page, data: page.data.toSpliced(at === -1 ? page.data.length : at, 0, changed) }
    }),
  }
}

/** Longest preview, in characters; the server keeps as much (contract, `teamConversation`). */
const PREVIEW = 100
/** Where the server stops counting. */
const MOST_UNREAD = 100

/** A conversation after somebody has said something in it. `own`: the reader did; `mentioned`: it names the reader. */
export const withNews = (
  team: TeamConversation,
  message: { readonly content?: string | null | undefined; readonly createdAt: string; readonly type: string },
  { own, mentioned }: { readonly own: boolean; readonly mentioned: boolean },
): TeamConversation => {
  if (message.createdAt <= team.activeAt) return team
  const isUnread = !own && message.createdAt > team.readAt
  return {
    ...team,
    activeAt: message.createdAt,
    messageCount: team.messageCount + 1,
    preview:
      message.type === 'system' || !message.content
        ? team.preview
        : Array.from(message.content).slice(0, PREVIEW).join(''),
    unreadCount: own ? 0 : Math.min(MOST_UNREAD, team.unreadCount + (isUnread ? 1 : 0)),
    mentionCount: own ? 0 : Math.min(MOST_UNREAD, team.mentionCount + (isUnread && mentioned ? 1 : 0)),
    readAt: own ? message.createdAt : team.readAt,
  }
}

/** Unread messages of all loaded conversations, and how many of them name the reader. */
export const unreadOf = (teams: readonly TeamConversation[]) => ({
  count: teams.reduce((sum, { unreadCount }) => sum + unreadCount, 0),
  mentions: teams.reduce((sum, { mentionCount }) => sum + mentionCount, 0),
})
