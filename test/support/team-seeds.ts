/** Team conversations for tests, in plain SQL: people in a group, what they said, what they shared. Knows no use case. */
import { createHash, randomUUID } from 'node:crypto'
import { nameKeyOf } from '#server/features/files/name-key.ts'
import { insertRow, type Owner } from './seeds.ts'

const T0 = new Date('2026-01-02T03:04:05.678Z')

export interface SeededMember {
  readonly userId: string
  /** The first one is the owner of the group if nothing is said, and all others are members. */
  readonly role?: 'owner' | 'admin' | 'member'
  /** When this person left. */
  readonly leftAt?: Date
}

/**
 * A group with these people, or with `direct` the direct conversation of two; returns its id. Nobody has read anything
 * later than its beginning.
 */
export const seedTeam = async (
  owner: Owner,
  members: readonly SeededMember[],
  columns: { conversation_id?: string; title?: string; created_at?: Date; direct?: boolean } = {},
): Promise<string> => {
  const { direct = false, title = 'A group', created_at: at = T0, conversation_id = randomUUID() } = columns
  await insertRow(owner, 'conversations', {
    conversation_id,
    kind: 'team',
    team_type: direct ? 'direct' : 'group',
    direct_pair: direct ? members.map(({ userId }) => userId).toSorted() : null,
    title: direct ? null : title,
    member_count: members.filter(({ leftAt }) => leftAt === undefined).length,
    created_at: at,
    updated_at: at,
    active_at: at,
  })
  for (const [index, { userId, role, leftAt = null }] of members.entries()) {
    await insertRow(owner, 'members', {
      conversation_id,
      user_id: userId,
      role: role ?? (index === 0 && !direct ? 'owner' : 'member'),
      joined_at: at,
      left_at: leftAt,
      read_at: at,
    })
  }
  return conversation_id
}

/**
 * A message in a team conversation, a second after the one before unless `created_at` is given; returns its id. The
 * conversation counts it as it counts what people post, and its members hear of it.
 */
export const seedTeamMessage = async (
  owner: Owner,
  place: { readonly conversationId: string; readonly senderId: string | null },
  columns: {
    message_id?: string
    content?: string
    type?: 'text' | 'image' | 'file' | 'system'
    role?: 'user' | 'assistant' | 'system'
    model?: string
    thread_id?: string
    work_type_id?: string
    pinned_at?: Date
    deleted_at?: Date
    created_at?: Date
  } = {},
): Promise<string> => {
  const { rows } = await owner.query<{ next: Date }>(
    `select coalesce(last_message_at, created_at) + interval '1 second' as next from conversations
     where conversation_id = $1`,
    [place.conversationId],
  )
  const { role = place.senderId === null ? 'system' : 'user', created_at: at = rows[0]!.next } = columns
  const { message_id } = await insertRow(owner, 'messages', {
    message_id: randomUUID(),
    conversation_id: place.conversationId,
    sender_id: place.senderId,
    content: 'Hello.',
    type: role === 'system' ? 'system' : 'text',
    updated_at: at,
    ...columns,
    role,
    created_at: at,
  })
  await owner.query(
    `update conversations set message_count = message_count + 1, last_message_at = greatest(last_message_at, $2),
       active_at = greatest(active_at, $2) where conversation_id = $1`,
    [place.conversationId, at],
  )
  if (columns.thread_id !== undefined) {
    await owner.query('update messages set reply_count = reply_count + 1 where message_id = $1', [columns.thread_id])
  }
  return message_id
}

/**
 * A file without bytes, sent with a message, or not sent yet where no message is named; returns its id. It is a PDF of
 * one kilobyte unless `columns` say otherwise.
 */
export const seedFile = async (
  owner: Owner,
  place: { readonly conversationId: string; readonly uploaderId: string | null; readonly messageId?: string },
  columns: {
    file_id?: string
    name?: string
    content_type?: string
    category?: 'image' | 'video' | 'audio' | 'pdf' | 'word' | 'excel' | 'powerpoint' | 'text' | 'archive' | 'other'
    size?: number
    width?: number
    height?: number
    duration_seconds?: number
    position?: number
    uploaded_at?: Date
    /** The time of its message if nothing is said. */
    shared_at?: Date
  } = {},
): Promise<string> => {
  const { name = 'report.pdf', file_id = randomUUID() } = columns
  const { rows } = await owner.query<{ created_at: Date }>('select created_at from messages where message_id = $1', [
    place.messageId ?? null,
  ])
  const sharedAt = rows[0]?.created_at ?? null
  await insertRow(owner, 'files', {
    uploader_id: place.uploaderId,
    conversation_id: place.conversationId,
    message_id: place.messageId ?? null,
    content_type: 'application/pdf',
    category: 'pdf',
    size: 1024,
    sha256: createHash('sha256').update(file_id).digest(),
    blob_key: `seeded/${file_id}`,
    uploaded_at: sharedAt ?? T0,
    shared_at: sharedAt,
    ...columns,
    file_id,
    name,
    name_key: nameKeyOf(name),
  })
  return file_id
}
