/** Training conversations for tests, in plain SQL. Knows the schema and no use case. */
import { randomUUID } from 'node:crypto'
import { hashContent, type TrainingContent, type TrainingTurn } from '#server/features/training/content.ts'
import { insertRow, type Owner } from './seeds.ts'

const T0 = new Date('2026-01-02T03:04:05.678Z')

/** Two people's turns, four in all, with emotions. */
export const sampleTurns = (topic = 'a budget'): TrainingTurn[] => [
  turn('user', `I am lost with ${topic} and it frightens me.`, 'fear', 0.8),
  turn('assistant', `That is a lot to carry. Let us look at ${topic} one step at a time.`, 'calm', 0.5),
  turn('user', 'Thank you. I think that I see where to begin now.', 'relief', 0.6),
  turn('assistant', 'You do. Write down three numbers this week, and we go on from there.', 'confidence', 0.7),
]

const turn = (role: 'user' | 'assistant', content: string, primary: string, intensity: number): TrainingTurn => ({
  role,
  content,
  train: role === 'assistant',
  emotion: { primary, secondary: null, intensity },
})

export interface SeededTraining {
  readonly id: string
  readonly revision: number
  readonly content: TrainingContent
}

/** What may be said of a seeded conversation; columns by their names in the database. */
export interface TrainingSeed {
  readonly content?: TrainingContent
  readonly columns?: Readonly<Record<string, unknown>>
}

/** A completed conversation at revision 1, with its messages; without files, unless `columns` name some. */
export const seedTraining = async (
  owner: Owner,
  ownerId: string,
  { content = { turns: sampleTurns() }, columns = {} }: TrainingSeed = {},
): Promise<SeededTraining> => {
  const id = (columns['conversation_id'] as string | undefined) ?? randomUUID()
  const at = (columns['created_at'] as Date | undefined) ?? T0
  const title = (columns['title'] as string | undefined) ?? 'A budget'
  const said = content.turns.filter(({ role }) => role !== 'tool')
  await insertRow(owner, 'conversations', {
    conversation_id: id,
    kind: 'training',
    owner_id: ownerId,
    title,
    message_count: said.length,
    last_message_at: at,
    created_at: at,
    updated_at: at,
    active_at: at,
  })
  await insertRow(owner, 'training_conversations', {
    conversation_id: id,
    owner_id: ownerId,
    origin: 'generated',
    title,
    tier: 'template',
    revision: 1,
    turn_count: content.turns.filter(({ role }) => role !== 'system').length,
    processing_status: 'completed',
    status: 'pending_review',
    quality_score: 7.5,
    model: 'test/test-model',
    created_at: at,
    updated_at: at,
    ...columns,
  })
  await owner.query(`update training_conversations set words = to_tsvector('simple', $2) where conversation_id = $1`, [
    id,
    [title, ...content.turns.map((each) => each.content ?? '')].join('\n'),
  ])
  await insertRow(owner, 'training_revisions', {
    conversation_id: id,
    owner_id: ownerId,
    revision: 1,
    content: JSON.stringify(content),
    content_hash: hashContent(content),
    reason: 'generated',
    changed_by: ownerId,
    created_at: at,
  })
  for (const [index, each] of said.entries()) {
    const time = new Date(at.getTime() + index)
    await insertRow(owner, 'messages', {
      message_id: randomUUID(),
      conversation_id: id,
      owner_id: ownerId,
      sender_id: each.role === 'user' ? ownerId : null,
      role: each.role,
      content: each.content ?? '',
      created_at: time,
      updated_at: time,
    })
  }
  return { id, revision: 1, content }
}
