/** A real conversation read as training data: which turns it has, whose words they hold, and who must consent; pure. */
import { createHash } from 'node:crypto'
import { canonicalJson } from '../training/index.ts'

export type SourceKind = 'assistant' | 'team'

/** What somebody said to being asked. */
export type ConsentAnswer = 'waiting' | 'granted' | 'declined'

/** The most that one training conversation is taken from. */
export const MAX_SOURCE_MESSAGES = 1_000
export const MAX_SOURCE_CHARACTERS = 400_000

export interface SourceMessage {
  readonly id: string
  /** Null for models, and for people who are gone. */
  readonly senderId: string | null
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
  /** False for an answer that was cut off or stopped. */
  readonly isComplete: boolean
  /** Of an answer in a team conversation: the message that it answers, and whose that is. */
  readonly questionId: string | null
  readonly askerId: string | null
}

export interface FoundSource {
  readonly id: string
  readonly kind: SourceKind
  readonly title: string
  /** In the order in which they are read; replies of a thread behind the message that it hangs on. */
  readonly messages: readonly SourceMessage[]
  /** Everybody who is or was in it. */
  readonly people: readonly { readonly id: string; readonly name: string }[]
  /** By person; who is not there has not answered. */
  readonly answers: ReadonlyMap<string, 'granted' | 'declined'>
}

export interface Reading {
  readonly mergeTurns: boolean
  readonly withoutConsent: 'leave_out' | 'placeholder'
  /** Whose messages are learned from, besides the models'. */
  readonly assistantPersonId?: string | undefined
}

export interface SourceTurn {
  readonly role: 'system' | 'user' | 'assistant'
  /** `Person A`; null for models, and where one person alone talks to one. */
  readonly name: string | null
  readonly content: string
  readonly train: boolean
  /** Whose words it holds, by message; none of conversations that are the reader's alone. */
  readonly words: readonly { readonly messageId: string; readonly personId: string }[]
}

export interface SourcePerson {
  readonly id: string
  readonly name: string
  /** `A`, `B`, …, in the order in which they first say something. */
  readonly letter: string
  /** `self` is the reader, who consents by taking it. */
  readonly consent: 'self' | ConsentAnswer
  readonly messageCount: number
}

export interface ReadSource {
  readonly turns: readonly SourceTurn[]
  /** Those who said something and are known still. */
  readonly people: readonly SourcePerson[]
  /** Messages that nobody consented to taking. */
  readonly leftOut: number
  readonly obstacle: 'consent_missing' | 'nothing_to_learn' | null
}

/** What stands in the place of words that are left out. */
const PLACEHOLDER = '[LEFT_OUT]'

/**
 * The conversation as `readerId` may take it. A person's words are taken with their consent only. A model's answer may repeat
 * what it answers, so it counts as words of whoever asked.
 */
export const readSource = (source: FoundSource, readerId: string, reading: Reading): ReadSource => {
  const said = source.kind === 'team' ? withAuthors(source.messages) : source.messages.map((message) => ({ message }))
  const people = peopleOf(source, said, readerId)
  const known = new Map(people.map((person) => [person.id, person]))
  const isTaken = ({ authorId }: Said): boolean =>
    source.kind === 'assistant' || ['self', 'granted'].includes(known.get(authorId ?? '')?.consent ?? 'waiting')
  const turnOf = (one: Said): SourceTurn => {
    const { message, authorId } = one
    const role = roleOf(message, reading.assistantPersonId)
    if (!isTaken(one)) return { role, name: null, content: PLACEHOLDER, train: false, words: [] }
    const person = message.role === 'user' && source.kind === 'team' ? known.get(authorId ?? '') : undefined
    return {
      role,
      name: person === undefined ? null : `Person ${person.letter}`,
      content: message.content,
      train: role === 'assistant' && message.isComplete,
      words: wordsOf(one),
    }
  }
  const shown = reading.withoutConsent === 'placeholder' ? said : said.filter(isTaken)
  const turns = shown.filter(({ message }, index) => message.role !== 'system' || index === 0).map(turnOf)
  return {
    turns: reading.mergeTurns ? merged(turns) : turns,
    people,
    leftOut: said.filter((one) => !isTaken(one)).length,
    obstacle: people.some(({ consent }) => consent === 'waiting')
      ? 'consent_missing'
      : isWorthLearning(turns)
        ? null
        : 'nothing_to_learn',
  }
}

/** Whether somebody says something and is answered by what may be learned from. */
export const isWorthLearning = (turns: readonly { readonly role: string; readonly train: boolean }[]): boolean => {
  const first = turns.findIndex(({ role }) => role === 'user')
  return first !== -1 && turns.slice(first).some(({ role, train }) => role === 'assistant' && train)
}

/** Says which turns were read, and changes with any letter of them. */
export const fingerprintOf = ({ turns, leftOut }: ReadSource): string =>
  createHash('sha256').update(canonicalJson({ turns, leftOut })).digest('base64url')

interface Said {
  readonly message: SourceMessage
  /** Whose words they are; absent where nobody knows any more. */
  readonly authorId?: string | undefined
  /** What an answer answers, where that is known. */
  readonly questionId?: string | undefined
}

/** An answer whose question is unknown answers the latest message of a person before it. */
const withAuthors = (messages: readonly SourceMessage[]): Said[] => {
  let latest: SourceMessage | undefined
  return messages.map((message) => {
    if (message.role === 'user') {
      latest = message
      return { message, authorId: message.senderId ?? undefined }
    }
    return message.questionId === null
      ? { message, authorId: latest?.senderId ?? undefined, questionId: latest?.id }
      : { message, authorId: message.askerId ?? undefined, questionId: message.questionId }
  })
}

const wordsOf = ({ message, authorId, questionId }: Said): SourceTurn['words'] =>
  authorId === undefined
    ? []
    : [message.id, ...(questionId === undefined ? [] : [questionId])].map((messageId) => ({
        messageId,
        personId: authorId,
      }))

const roleOf = ({ role, senderId }: SourceMessage, assistantPersonId: string | undefined): SourceTurn['role'] =>
  role === 'user' && senderId !== null && senderId === assistantPersonId ? 'assistant' : role

const peopleOf = (source: FoundSource, said: readonly Said[], readerId: string): SourcePerson[] => {
  if (source.kind === 'assistant')
    return source.people.map(({ id, name }) => ({
      id,
      name,
      letter: letterOf(0),
      consent: 'self',
      messageCount: said.filter(({ message }) => message.role === 'user').length,
    }))
  const counts = new Map<string, number>()
  for (const { message, authorId } of said)
    if (authorId !== undefined) counts.set(authorId, (counts.get(authorId) ?? 0) + (message.role === 'user' ? 1 : 0))
  const names = new Map(source.people.map(({ id, name }) => [id, name]))
  return [...counts].flatMap(([id, messageCount], index) => {
    const name = names.get(id)
    const consent = id === readerId ? 'self' : (source.answers.get(id) ?? 'waiting')
    return name === undefined ? [] : [{ id, name, letter: letterOf(index), consent, messageCount } as const]
  })
}

/** A to Z, then AA, AB, … */
const letterOf = (index: number): string =>
  index < 26 ? String.fromCharCode(65 + index) : letterOf(Math.floor(index / 26) - 1) + letterOf(index % 26)

/** Consecutive turns of one role as one. Where several people speak in it, each says who they are. */
const merged = (turns: readonly SourceTurn[]): SourceTurn[] => {
  const groups: SourceTurn[][] = []
  for (const turn of turns) {
    const group = groups.at(-1)
    const before = group?.at(-1)
    if (group !== undefined && before?.role === turn.role && before.train === turn.train) group.push(turn)
    else groups.push([turn])
  }
  return groups.map((group) => {
    const [first] = group as [SourceTurn, ...SourceTurn[]]
    const isOne = group.every(({ name }) => name === first.name)
    return {
      ...first,
      name: isOne ? first.name : null,
      content: group
        .map(({ name, content }) => (isOne || name === null ? content : `${name}: ${content}`))
        .join('\n\n'),
      words: uniqueWords(group.flatMap(({ words }) => words)),
    }
  })
}

const uniqueWords = (words: SourceTurn['words']): SourceTurn['words'] => [
  ...new Map(words.map((word) => [word.messageId, word])).values(),
]
