/** Keeps what the page knows of team conversations true, by what the person's stream says. */
import type { QueryClient } from '@tanstack/react-query'
import type { Person } from '#contract/app/index.ts'
import type { PersonEvent } from '#contract/messages/team.ts'
import { onPersonEvent } from '../../lib/person-events.ts'
import { asRequestError } from '../../lib/request-error.ts'
import { forgetGone, isGone, setGone } from './gone.ts'
import { dropMessage, keepMessage } from './keep-message.ts'
import { rereadMembers } from './list-members.ts'
import { listPins } from './list-pins.ts'
import { listStars } from './list-stars.ts'
import { rereadTasks } from './list-tasks.ts'
import { listTeams } from './list-teams.ts'
import { findLoaded } from './list-team-messages.ts'
import { listWorkTypes } from './list-work-types.ts'
import { loseTeam } from './lose-team.ts'
import { findMentions } from './mentions.ts'
import { readMessage } from './read-message.ts'
import { changeTeam, keepTeam, knownTeam, readTeam } from './read-team.ts'
import { withNews } from './team-pages.ts'
import { isHalfTold, toldMessage, type ToldMessage } from './told-message.ts'
import { typingAfter } from './typing.ts'
import { changeTyping } from './use-typing.ts'

/** Several events about one thing make one request, sent this long after the first of them, in milliseconds. */
const GATHERS_FOR = 150

/** Runs `task` once for each key that was named, a moment later; named again meanwhile, it runs again. */
const gathering = (task: (key: string) => void) => {
  const timers = new Map<string, ReturnType<typeof setTimeout>>()
  return {
    ask: (key: string) => {
      if (timers.has(key)) return
      const run = () => {
        timers.delete(key)
        task(key)
      }
      timers.set(key, setTimeout(run, GATHERS_FOR))
    },
    stop: () => {
      for (const timer of timers.values()) clearTimeout(timer)
    },
  }
}

/** @returns how to stop. */
export const followTeams = (queries: QueryClient, me: Pick<Person, 'id' | 'name'>): (() => void) => {
  const teams = gathering((id) => {
    const { queryKey, queryFn } = readTeam(queries, id)
    const wasGone = isGone(id)
    void queries
      .cancelQueries({ queryKey })
      .then(() => queries.fetchQuery({ queryKey, ...(queryFn ? { queryFn } : {}), staleTime: 0 }))
      .then((team) => {
        // It went while it was read: this is how it was before.
        if (isGone(id) && !wasGone) return
        setGone(id, false)
        keepTeam(queries, team)
      })
      .catch((error: unknown) => {
        if ([403, 404].includes(asRequestError(error).status)) loseTeam(queries, id)
      })
  })
  const messages = gathering((id) => {
    queries
      .fetchQuery({ ...readMessage(id), staleTime: 0 })
      .then((message) => keepMessage(queries, message))
      .catch(() => {
        // Deleted in the meantime, which is an event of its own.
      })
  })

  const show = (told: ToldMessage) => {
    const known = findLoaded(queries, told.conversationId, told.id)
    const reader = { id: me.id, role: knownTeam(queries, told.conversationId)?.role }
    keepMessage(queries, toldMessage(told, known, reader))
    if (isHalfTold(told, known)) messages.ask(told.id)
    return known
  }

  const posted = (told: ToldMessage) => {
    const known = show(told)
    if (known) return
    const mentioned = findMentions(told.content ?? '', [me]).length > 0
    if (knownTeam(queries, told.conversationId)) {
      changeTeam(queries, told.conversationId, (team) =>
        withNews(team, told, { own: told.senderId === me.id, mentioned }),
      )
    } else teams.ask(told.conversationId)
  }

  const changed = (told: ToldMessage) => {
    const known = show(told)
    if (known?.isPinned !== told.isPinned) {
      void queries.invalidateQueries({ queryKey: listPins(told.conversationId).queryKey })
    }
  }

  const rereadAll = () => {
    const queryKey = listTeams().queryKey.slice(0, 1)
    const asked = queries.getQueryCache().findAll({ queryKey, fetchStatus: 'fetching' })
    void queries.invalidateQueries({ queryKey })
    // What is read for the first time goes on in spite of that, and was asked before now: it is read once more.
    for (const query of asked) {
      if (query.state.data !== undefined) continue
      const again = () => queries.invalidateQueries({ queryKey: query.queryKey, exact: true })
      query.fetch().then(again, () => {})
    }
  }

  let hasBegun = false
  const hear = (event: PersonEvent) => {
    changeTyping((typing) => typingAfter(typing, event, Date.now()))
    switch (event.type) {
      case 'connected':
        // Between what was read and where the stream begins, something may have happened. One that goes on where it was
        // has missed nothing.
        if (!hasBegun) rereadAll()
        hasBegun = true
        return
      case 'reset':
        return rereadAll()
      case 'message-posted':
        return posted(event.message)
      case 'message-changed':
        return changed(event.message)
      case 'message-deleted':
        dropMessage(queries, event.conversationId, event.messageId)
        void queries.invalidateQueries({ queryKey: listPins(event.conversationId).queryKey })
        void queries.invalidateQueries({ queryKey: listStars().queryKey })
        return teams.ask(event.conversationId)
      case 'conversation-changed':
        teams.ask(event.conversationId)
        return void rereadMembers(queries, event.conversationId)
      case 'conversation-gone':
        return loseTeam(queries, event.conversationId)
      case 'work-types-changed':
        return void queries.invalidateQueries({ queryKey: listWorkTypes(event.conversationId).queryKey })
      case 'tasks-changed':
        return void rereadTasks(queries, event.conversationId)
      case 'read-moved':
        return teams.ask(event.conversationId)
      case 'star-changed':
        void queries.invalidateQueries({ queryKey: listStars().queryKey })
        if (findLoaded(queries, event.conversationId, event.messageId)) messages.ask(event.messageId)
        return
      default:
        // A newer server may say more than this page understands.
        return
    }
  }

  const stopListening = onPersonEvent(hear)
  return () => {
    stopListening()
    teams.stop()
    messages.stop()
    forgetGone()
  }
}
