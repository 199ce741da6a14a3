/** Messages and conversations for the tests of the pure rules. */
import type { TeamConversation, TeamMessage } from '#contract/messages/team.ts'

export const conversationId = '11111111-1111-4111-8111-111111111111'
export const ada = { id: 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa', name: 'Ada Lovelace' }
export const grace = { id: 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb', name: 'Grace Hopper' }

/** Minute `minute` of a morning, UTC. */
export const at = (minute: number): string => new Date(Date.UTC(2026, 10, 21, 9, minute)).toISOString()

/** A message of Ada's, said in minute `n`, with an id that tells `n`. */
export const aMessage = (n: number, fields: Partial<TeamMessage> = {}): TeamMessage => ({
  id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  conversationId,
  senderId: ada.id,
  senderName: ada.name,
  senderAvatarUrl: null,
  type: 'text',
  content: `Message ${n}`,
  attachments: [],
  createdAt: at(n),
  updatedAt: at(n),
  isPinned: false,
  isStarred: false,
  threadId: null,
  replyCount: 0,
  workTypeId: null,
  taskId: null,
  linkedTaskCount: 0,
  mentions: [],
  editedAt: null,
  model: null,
  can: { edit: false, delete: false },
  ...fields,
})

export const messages = (...ns: number[]): TeamMessage[] => ns.map((n) => aMessage(n))

export const aTeam = (fields: Partial<TeamConversation> = {}): TeamConversation => ({
  id: conversationId,
  type: 'group',
  title: 'Compilers',
  otherPerson: null,
  role: 'member',
  memberCount: 2,
  messageCount: 3,
  preview: 'Message 3',
  unreadCount: 0,
  mentionCount: 0,
  readAt: at(3),
  createdAt: at(0),
  activeAt: at(3),
  can: {
    rename: false,
    addMembers: false,
    removeMembers: false,
    changeRoles: false,
    transfer: false,
    leave: true,
    delete: false,
  },
  ...fields,
})
