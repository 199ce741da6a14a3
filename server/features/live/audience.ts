/** Who listens in this process, and to which conversations: hands each entry of the log to those it is for. */
import type { Happening, LogEntry } from './event-log.ts'
import { isAfter, type Position } from './position.ts'

/** An entry of the log with something to tell. */
export interface LoggedEvent {
  readonly position: Position
  readonly at: Date
  readonly happening: Happening
}

/** Somebody is writing. It is stored nowhere, and so has no position. */
export interface TypingEvent {
  readonly at: Date
  readonly conversationId: string
  readonly person: { readonly id: string; readonly name: string }
}

/** None of it may throw. */
export interface Reader {
  /** Both are called with the same object for everybody who gets it, so that it need be written out once only. */
  receive(event: LoggedEvent): void
  receiveTyping(event: TypingEvent): void
  /** Resolves when there is room for more. */
  flushed(): Promise<void>
  /** It is too slow; it may come back with its last position. */
  close(): void
}

/** How often the log may be read on before somebody who enters has been told what was missed. */
const MOST_BACKLOG = 1_000

export interface Listener {
  readonly personId: string
  readonly reader: Reader
  /** Everything up to here was told, or was not for this reader. */
  position: Position
  readonly channels: Set<Channel>
  /** What was read since it entered, while nobody knows yet what of it is for this reader. */
  readonly backlog: (readonly LogEntry[])[]
}

interface Channel {
  readonly conversationId: string
  readonly listeners: Set<Listener>
}

export interface Audience {
  /** From now on nothing is missed; it is told once the listener is admitted, unless that takes too long. */
  enter(personId: string, reader: Reader, position: Position): Listener
  /** Tells what was missed before it entered, each as soon as there is room for it. */
  remind(listener: Listener, missed: readonly LogEntry[]): Promise<void>
  /** Tells what was read since it entered; from then on, what is read. */
  admit(listener: Listener, conversationIds: readonly string[]): void
  leave(listener: Listener): void
  /** Tells entries, which follow those before. */
  tell(entries: readonly LogEntry[]): void
  /** Tells everybody in the conversation except the one who is writing. */
  tellTyping(event: TypingEvent): void
  /** How many were admitted. */
  count(): number
}

/** Whom of those who listen an entry may concern. */
interface Present {
  person(id: string): Iterable<Listener>
  members(conversationId: string): Iterable<Listener>
}

export const makeAudience = (): Audience => {
  const entering = new Set<Listener>()
  const people = new Map<string, Set<Listener>>()
  const channels = new Map<string, Channel>()

  const join = (listener: Listener, conversationId: string): void => {
    let channel = channels.get(conversationId)
    if (channel === undefined) channels.set(conversationId, (channel = { conversationId, listeners: new Set() }))
    channel.listeners.add(listener)
    listener.channels.add(channel)
  }
  const part = (listener: Listener, channel: Channel | undefined): void => {
    if (channel === undefined) return
    channel.listeners.delete(listener)
    listener.channels.delete(channel)
    if (channel.listeners.size === 0) channels.delete(channel.conversationId)
  }

  const tellThose = (present: Present, entries: readonly LogEntry[]): void => {
    // First of all: a transaction that was numbered before a removal may have taken effect after it.
    for (const { membership, personId, conversationId } of entries) {
      if (membership === 'left') for (const each of present.person(personId!)) part(each, channels.get(conversationId))
    }
    for (const entry of entries) {
      const { membership, personId, conversationId } = entry
      if (membership === 'joined') for (const each of present.person(personId!)) join(each, conversationId)
      if (!hasNews(entry)) continue
      for (const each of personId === null ? present.members(conversationId) : present.person(personId)) {
        give(each, entry)
      }
    }
  }

  const everybody: Present = {
    person: (id) => people.get(id) ?? [],
    members: (conversationId) => channels.get(conversationId)?.listeners ?? [],
  }
  const only = (listener: Listener): Present => ({
    person: (id) => (id === listener.personId ? [listener] : []),
    members: (conversationId) => (listener.channels.has(channels.get(conversationId)!) ? [listener] : []),
  })

  return {
    enter(personId, reader, position) {
      const listener: Listener = { personId, reader, position, channels: new Set(), backlog: [] }
      entering.add(listener)
      return listener
    },

    async remind(listener, missed) {
      for (const entry of missed) {
        if (!hasNews(entry)) continue
        give(listener, entry)
        await listener.reader.flushed()
        if (!entering.has(listener)) return
      }
    },

    admit(listener, conversationIds) {
      // It may have left meanwhile, and may leave while it is told.
      if (!entering.delete(listener)) return
      const listeners = people.get(listener.personId) ?? new Set()
      people.set(listener.personId, listeners.add(listener))
      for (const conversationId of conversationIds) join(listener, conversationId)
      for (const entries of listener.backlog.splice(0)) tellThose(only(listener), entries)
    },

    leave(listener) {
      entering.delete(listener)
      const listeners = people.get(listener.personId)
      listeners?.delete(listener)
      if (listeners?.size === 0) people.delete(listener.personId)
      for (const channel of listener.channels) part(listener, channel)
    },

    tell(entries) {
      for (const { backlog, reader } of entering) {
        if (backlog.push(entries) > MOST_BACKLOG) reader.close()
      }
      tellThose(everybody, entries)
    },

    tellTyping(event) {
      for (const { personId, reader } of everybody.members(event.conversationId)) {
        if (personId !== event.person.id) reader.receiveTyping(event)
      }
    },

    count: () => people.values().reduce((count, listeners) => count + listeners.size, 0),
  }
}

const hasNews = (entry: LogEntry): entry is LogEntry & LoggedEvent => entry.happening !== null

/** A reader that comes from another server may know more of the log than this one does. */
const give = (listener: Listener, event: LoggedEvent): void => {
  if (!isAfter(event.position, listener.position)) return
  listener.position = event.position
  listener.reader.receive(event)
}
