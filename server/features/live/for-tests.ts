/** Entries of a log for tests, without a database. */
import type { LogEntry } from './event-log.ts'
import { formatPosition, type Position } from './position.ts'

export const AT = new Date('2026-01-02T03:04:05.678Z')

export const at = (eventId: number, transaction = eventId): Position => ({ transaction, eventId })

/** Something that all members of a conversation are told, unless it is `for` one person. */
export const entry = (
  position: Position,
  conversationId: string,
  { for: personId = null as string | null } = {},
): LogEntry => ({
  position,
  at: AT,
  conversationId,
  personId,
  membership: null,
  happening: { type: personId === null ? 'tasks-changed' : 'read-moved', conversationId },
})

export const joined = (position: Position, conversationId: string, personId: string): LogEntry => ({
  ...entry(position, conversationId, { for: personId }),
  membership: 'joined',
  happening: { type: 'conversation-changed', conversationId },
})

export const left = (position: Position, conversationId: string, personId: string): LogEntry => ({
  ...entry(position, conversationId, { for: personId }),
  membership: 'left',
  happening: { type: 'conversation-gone', conversationId },
})

/** A reader that notes the positions of what it is told, and who is writing. */
export const noting = () => {
  const told: string[] = []
  return {
    told,
    receive: ({ position }: { position: Position }) => void told.push(formatPosition(position)),
    receiveTyping: ({ person }: { person: { name: string } }) => void told.push(person.name),
    flushed: async () => {},
    close: () => {},
  }
}
