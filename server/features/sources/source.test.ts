/** How a conversation is read: who says what, whose words a turn holds, what is left out. */
import { describe, expect, it } from 'vitest'
import { type FoundSource, type Reading, readSource, type SourceMessage } from './source.ts'

const READING: Reading = { mergeTurns: true, withoutConsent: 'leave_out' }

let count = 0
const said = (senderId: string | null, content: string, more: Partial<SourceMessage> = {}): SourceMessage => ({
  id: `m${++count}`,
  senderId,
  role: senderId === null ? 'assistant' : 'user',
  content,
  isComplete: true,
  questionId: null,
  askerId: null,
  ...more,
})

const team = (messages: SourceMessage[], granted: string[], declined: string[] = []): FoundSource => ({
  id: 'source',
  kind: 'team',
  title: 'Team',
  messages,
  people: ['lead', 'bo', 'cy'].map((id) => ({ id, name: id.toUpperCase() })),
  answers: new Map([
    ...granted.map((id) => [id, 'granted'] as const),
    ...declined.map((id) => [id, 'declined'] as const),
  ]),
})

describe('a team conversation', () => {
  it('says who speaks where several speak in one turn, which holds the words of all', () => {
    const [first, second, reply] = [said('bo', 'Hello'), said('cy', 'Me too'), said(null, 'Hello both')]
    const { turns } = readSource(team([first, second, reply], ['bo', 'cy']), 'lead', READING)
    expect(turns).toEqual([
      {
        role: 'user',
        name: null,
        content: 'Person A: Hello\n\nPerson B: Me too',
        train: false,
        words: [
          { messageId: first.id, personId: 'bo' },
          { messageId: second.id, personId: 'cy' },
        ],
      },
      {
        role: 'assistant',
        name: null,
        content: 'Hello both',
        train: true,
        // Nothing says what it answers: the latest.
        words: [
          { messageId: reply.id, personId: 'cy' },
          { messageId: second.id, personId: 'cy' },
        ],
      },
    ])
  })

  it('leaves out what nobody knows the author of, and does not wait for them', () => {
    const gone = { ...said('x', 'I am gone'), senderId: null }
    const read = readSource(
      team([gone, said(null, 'Bye'), said('bo', 'Hi'), said(null, 'Hello')], ['bo']),
      'lead',
      READING,
    )
    expect(read.turns.map(({ content }) => content)).toEqual(['Hi', 'Hello'])
    expect(read).toMatchObject({ leftOut: 2, obstacle: null })
  })

  it('waits for those who have not answered, and not for those who declined', () => {
    const messages = [said('bo', 'Hi'), said(null, 'Hello'), said('cy', 'Hi'), said(null, 'Hello')]
    expect(readSource(team(messages, ['bo']), 'lead', READING).obstacle).toBe('consent_missing')
    expect(readSource(team(messages, ['bo'], ['cy']), 'lead', READING).obstacle).toBeNull()
  })

  it('of which nobody consented is nothing to learn from', () =>
    expect(readSource(team([said('bo', 'Hi'), said(null, 'Hello')], [], ['bo']), 'lead', READING)).toMatchObject({
      turns: [],
      leftOut: 2,
      obstacle: 'nothing_to_learn',
    }))
})
