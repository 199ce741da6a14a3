/** The loaded part of the list of team conversations, changed in place without asking the server again: pure. */
import type { InfiniteData } from '@tanstack/react-query'
import type { ReplyOf } from '#contract/endpoint.ts'
import type { listTeamConversations, TeamConversation } from '#contract/messages/team.ts'
import { allOnce, withItem, withoutItem } from '../../lib/activity-pages.ts'

export type TeamPage = ReplyOf<typeof listTeamConversations>
export type TeamPages = InfiniteData<TeamPage>

export const allTeams: (pages: TeamPages | undefined) => TeamConversation[] = allOnce
export const withoutTeam: (pages: TeamPages, id: string) => TeamPages = withoutItem
export const withTeam: (pages: TeamPages, changed: TeamConversation) => TeamPages = withItem

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
