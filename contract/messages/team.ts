/** Team conversations: what the page and scripts need beyond seed 1's message page; problem details on failure. */
import { z } from 'zod'
import { endpoint } from '../endpoint.ts'
import { filledText, isoTime, MAX_CONTENT, MAX_MODEL, MAX_TITLE, queryInteger, text, uuid, uuidV4 } from '../shapes.ts'
import { message } from './message.ts'

/** Most people that one request adds, or mentions. */
export const MAX_PEOPLE = 100
/** Most files of one message. */
export const MAX_ATTACHMENTS = 10

const ids = z.strictObject({ id: uuid })
const cursor = z.string().max(200)
const page = (most: number, usual: number) =>
  z.strictObject({ limit: queryInteger(1, most).default(usual), cursor: cursor.optional() })
const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.strictObject({ data: z.array(item), nextCursor: z.string().nullable() })

export const role = z.enum(['owner', 'admin', 'member'])
export type Role = z.output<typeof role>

export const teamPerson = z.strictObject({ id: z.uuid(), name: z.string() })
export type TeamPerson = z.output<typeof teamPerson>

export const member = teamPerson.extend({
  role,
  joinedAt: isoTime,
  /** Everything up to this moment has been seen. */
  readAt: isoTime,
})
export type Member = z.output<typeof member>

/** What the caller may do with a conversation: the server decides, the page shows. */
export const teamAbilities = z.strictObject({
  rename: z.boolean(),
  addMembers: z.boolean(),
  removeMembers: z.boolean(),
  changeRoles: z.boolean(),
  transfer: z.boolean(),
  leave: z.boolean(),
  delete: z.boolean(),
})

export const teamConversation = z.strictObject({
  id: z.uuid(),
  type: z.enum(['group', 'direct']),
  /** Of a group, as it was named; of a direct conversation, the other person's name. */
  title: z.string(),
  /** The other person of a direct conversation; null in groups. */
  otherPerson: teamPerson.nullable(),
  role,
  memberCount: z.number().int().positive(),
  messageCount: z.number().int().nonnegative(),
  /** The latest message of a person, at most 100 characters; null before the first. */
  preview: z.string().nullable(),
  /** Messages of others after the read mark; counted to 100 at most. */
  unreadCount: z.number().int().min(0).max(100),
  /** Of these, the ones that mention the caller. */
  mentionCount: z.number().int().min(0).max(100),
  readAt: isoTime,
  createdAt: isoTime,
  activeAt: isoTime,
  can: teamAbilities,
})
export type TeamConversation = z.output<typeof teamConversation>

export const listPeople = endpoint({
  method: 'GET',
  path: '/api/team/people',
  summary: 'People whom you can add: those you share a conversation with, by name, and anybody by exact e-mail address',
  access: 'person',
  query: z.strictObject({ q: text(255).default('') }),
  reply: { status: 200, body: z.strictObject({ data: z.array(teamPerson).max(20) }) },
  failures: [400],
})

export const listTeamConversations = endpoint({
  method: 'GET',
  path: '/api/team/conversations',
  summary: 'Your team conversations, latest activity first',
  access: 'person',
  query: page(100, 30),
  reply: { status: 200, body: pageOf(teamConversation) },
  failures: [400],
})

export const createTeamConversation = endpoint({
  method: 'POST',
  path: '/api/team/conversations',
  summary: 'Start a group, or the direct conversation with somebody; the one that exists already is found again',
  access: 'person',
  body: z.discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('group'),
      title: filledText(MAX_TITLE),
      personIds: z.array(uuid).max(MAX_PEOPLE).default([]),
    }),
    z.strictObject({ type: z.literal('direct'), personId: uuid }),
  ]),
  reply: { status: 201, body: teamConversation },
  failures: [400, 404, 413, 415],
})

export const readTeamConversation = endpoint({
  method: 'GET',
  path: '/api/team/conversations/{id}',
  summary: 'A team conversation, as you see it',
  access: 'person',
  params: ids,
  reply: { status: 200, body: teamConversation },
  failures: [400, 403, 404],
})

export const updateTeamConversation = endpoint({
  method: 'PATCH',
  path: '/api/team/conversations/{id}',
  summary: 'Rename a group (owner and admins)',
  access: 'person',
  params: ids,
  body: z.strictObject({ title: filledText(MAX_TITLE) }),
  reply: { status: 200, body: teamConversation },
  failures: [400, 403, 404, 413, 415],
})

export const deleteTeamConversation = endpoint({
  method: 'DELETE',
  path: '/api/team/conversations/{id}',
  summary: 'Delete a group with all of its messages and files (owner)',
  access: 'person',
  params: ids,
  reply: { status: 204 },
  failures: [400, 403, 404],
})

export const listMembers = endpoint({
  method: 'GET',
  path: '/api/team/conversations/{id}/members',
  summary: 'Who is in the conversation, by name',
  access: 'person',
  params: ids,
  query: z.strictObject({
    limit: queryInteger(1, 200).default(100),
    cursor: cursor.optional(),
    q: text(100).optional(),
  }),
  reply: { status: 200, body: pageOf(member) },
  failures: [400, 403, 404],
})

export const addMembers = endpoint({
  method: 'POST',
  path: '/api/team/conversations/{id}/members',
  summary: 'Add people to a group (owner and admins); who is in it already stays as they are',
  access: 'person',
  params: ids,
  body: z.strictObject({ personIds: z.array(uuid).min(1).max(MAX_PEOPLE) }),
  reply: { status: 201, body: z.strictObject({ data: z.array(member).max(MAX_PEOPLE) }) },
  failures: [400, 403, 404, 409, 413, 415],
})

const memberIds = z.strictObject({ id: uuid, personId: uuid })

export const changeRole = endpoint({
  method: 'PATCH',
  path: '/api/team/conversations/{id}/members/{personId}',
  summary: 'Promote or demote (owner); `owner` hands the group over, and you become an admin',
  access: 'person',
  params: memberIds,
  body: z.strictObject({ role }),
  reply: { status: 200, body: member },
  failures: [400, 403, 404, 409, 413, 415],
})

export const removeMember = endpoint({
  method: 'DELETE',
  path: '/api/team/conversations/{id}/members/{personId}',
  summary: 'Remove somebody (owner; admins remove members), or leave by removing yourself',
  access: 'person',
  params: memberIds,
  reply: { status: 204 },
  failures: [400, 403, 404, 409],
})

export const markRead = endpoint({
  method: 'PUT',
  path: '/api/team/conversations/{id}/read',
  summary: 'Move your read mark forward: to a message, or to the end',
  access: 'person',
  params: ids,
  body: z.strictObject({ messageId: uuid.optional() }),
  reply: {
    status: 200,
    body: z.strictObject({ readAt: isoTime, unreadCount: z.number().int(), mentionCount: z.number().int() }),
  },
  failures: [400, 403, 404, 413, 415],
})

export const sayTyping = endpoint({
  method: 'POST',
  path: '/api/team/conversations/{id}/typing',
  summary: 'Tell the others that you are writing; it is forgotten after six seconds',
  access: 'person',
  params: ids,
  reply: { status: 204 },
  failures: [400, 403, 404],
})

/** Seed 1's message, with what a page of the team needs besides. */
export const teamMessage = z.strictObject({
  ...message.shape,
  mentions: z.array(teamPerson),
  editedAt: isoTime.nullable(),
  /** The model that wrote it; null for people. */
  model: z.string().nullable(),
  can: z.strictObject({ edit: z.boolean(), delete: z.boolean() }),
})
export type TeamMessage = z.output<typeof teamMessage>

export const teamMessagePage = z.strictObject({
  /** Oldest first. */
  data: z.array(teamMessage).max(100),
  hasOlder: z.boolean(),
  hasNewer: z.boolean(),
})

export const listTeamMessages = endpoint({
  method: 'GET',
  path: '/api/team/conversations/{id}/messages',
  summary:
    'The timeline, or the replies of a thread: the latest messages, or those before, after or around one. What is tagged with a work type is listed wherever it stands',
  access: 'person',
  params: ids,
  query: z
    .strictObject({
      limit: queryInteger(1, 100).default(50),
      before: uuid.optional(),
      after: uuid.optional(),
      around: uuid.optional(),
      threadId: uuid.optional(),
      workTypeId: uuid.optional(),
    })
    .refine(({ before, after, around }) => [before, after, around].filter(Boolean).length <= 1, {
      message: 'must name at most one of before, after and around',
    }),
  reply: { status: 200, body: teamMessagePage },
  failures: [400, 403, 404],
})

export const postTeamMessage = endpoint({
  method: 'POST',
  path: '/api/team/conversations/{id}/messages',
  summary: 'Post a message: words, files or both. With `model`, that model answers in the conversation, under your key',
  access: 'person',
  params: ids,
  body: z
    .strictObject({
      /** Chosen by the client, so that sending again after a lost connection does not post twice. */
      id: uuidV4.optional(),
      content: text(MAX_CONTENT).default(''),
      fileIds: z.array(uuid).max(MAX_ATTACHMENTS).default([]),
      mentions: z.array(uuid).max(MAX_PEOPLE).default([]),
      threadId: uuid.optional(),
      workTypeId: uuid.optional(),
      model: filledText(MAX_MODEL).optional(),
    })
    .refine(({ content, fileIds }) => content.trim() !== '' || fileIds.length > 0, {
      message: 'must have content or files',
    })
    .refine(({ content, model }) => content.trim() !== '' || model === undefined, {
      message: 'must have content that the model can answer',
    }),
  reply: { status: 201, body: teamMessage },
  failures: [400, 403, 404, 409, 413, 415],
})

export const readTeamMessage = endpoint({
  method: 'GET',
  path: '/api/team/messages/{id}',
  summary: 'One message of a team conversation',
  access: 'person',
  params: ids,
  reply: { status: 200, body: teamMessage },
  failures: [400, 404],
})

export const editTeamMessage = endpoint({
  method: 'PATCH',
  path: '/api/team/messages/{id}',
  summary: 'Change the words of your own message',
  access: 'person',
  params: ids,
  body: z.strictObject({ content: filledText(MAX_CONTENT), mentions: z.array(uuid).max(MAX_PEOPLE).default([]) }),
  reply: { status: 200, body: teamMessage },
  failures: [400, 403, 404, 413, 415],
})

export const deleteTeamMessage = endpoint({
  method: 'DELETE',
  path: '/api/team/messages/{id}',
  summary: 'Delete a message with its files: your own, or as owner or admin anybody’s',
  access: 'person',
  params: ids,
  reply: { status: 204 },
  failures: [400, 403, 404],
})

const mark = (method: 'PUT' | 'DELETE', name: 'pin' | 'star', summary: string) =>
  endpoint({
    method,
    path: `/api/team/messages/{id}/${name}`,
    summary,
    access: 'person',
    params: ids,
    reply: { status: 204 },
    failures: [400, 404],
  })
export const pinMessage = mark('PUT', 'pin', 'Pin a message for everybody in the conversation')
export const unpinMessage = mark('DELETE', 'pin', 'Unpin a message')
export const starMessage = mark('PUT', 'star', 'Star a message for yourself')
export const unstarMessage = mark('DELETE', 'star', 'Remove your star')

export const listPins = endpoint({
  method: 'GET',
  path: '/api/team/conversations/{id}/pins',
  summary: 'Pinned messages, latest pin first',
  access: 'person',
  params: ids,
  query: page(100, 50),
  reply: { status: 200, body: pageOf(teamMessage) },
  failures: [400, 403, 404],
})

export const listStars = endpoint({
  method: 'GET',
  path: '/api/team/stars',
  summary: 'Messages that you starred, latest first',
  access: 'person',
  query: page(100, 50),
  reply: { status: 200, body: pageOf(teamMessage) },
  failures: [400],
})

export const workTypeColor = z.enum(['teal', 'blue', 'violet', 'rose', 'amber', 'green', 'grey'])
export const workType = z.strictObject({ id: z.uuid(), name: z.string(), color: workTypeColor })
export type WorkType = z.output<typeof workType>
const workTypeBody = { name: filledText(60), color: workTypeColor }

export const listWorkTypes = endpoint({
  method: 'GET',
  path: '/api/team/conversations/{id}/work-types',
  summary: 'The work types of a conversation, by name',
  access: 'person',
  params: ids,
  reply: { status: 200, body: z.strictObject({ data: z.array(workType).max(100) }) },
  failures: [400, 403, 404],
})

export const createWorkType = endpoint({
  method: 'POST',
  path: '/api/team/conversations/{id}/work-types',
  summary: 'Make a work type that messages can be tagged with; at most 100 in a conversation',
  access: 'person',
  params: ids,
  body: z.strictObject({ name: workTypeBody.name, color: workTypeBody.color.default('teal') }),
  reply: { status: 201, body: workType },
  failures: [400, 403, 404, 409, 413, 415],
})

export const updateWorkType = endpoint({
  method: 'PATCH',
  path: '/api/team/work-types/{id}',
  summary: 'Change the name or colour of a work type',
  access: 'person',
  params: ids,
  body: z.strictObject({ name: workTypeBody.name.optional(), color: workTypeBody.color.optional() }),
  reply: { status: 200, body: workType },
  failures: [400, 404, 409, 413, 415],
})

export const deleteWorkType = endpoint({
  method: 'DELETE',
  path: '/api/team/work-types/{id}',
  summary: 'Delete a work type; its messages lose the tag',
  access: 'person',
  params: ids,
  reply: { status: 204 },
  failures: [400, 404],
})

export const tagMessage = endpoint({
  method: 'PUT',
  path: '/api/team/messages/{id}/work-type',
  summary: 'Tag a message with a work type, or with none',
  access: 'person',
  params: ids,
  body: z.strictObject({ workTypeId: uuid.nullable() }),
  reply: { status: 200, body: teamMessage },
  failures: [400, 404, 413, 415],
})

export const task = z.strictObject({
  id: z.uuid(),
  conversationId: z.uuid(),
  title: z.string(),
  status: z.enum(['open', 'done']),
  assignee: teamPerson.nullable(),
  /** YYYY-MM-DD. */
  dueOn: z.iso.date().nullable(),
  /** Messages that it is linked to, the one that it was made from first; at most 100 are named. */
  messageIds: z.array(z.uuid()).max(100),
  createdBy: teamPerson.nullable(),
  createdAt: isoTime,
  doneAt: isoTime.nullable(),
})
export type Task = z.output<typeof task>

export const listTasks = endpoint({
  method: 'GET',
  path: '/api/team/conversations/{id}/tasks',
  summary: 'The tasks of a conversation: open ones first, then the newest',
  access: 'person',
  params: ids,
  query: z.strictObject({
    limit: queryInteger(1, 100).default(50),
    cursor: cursor.optional(),
    status: z.enum(['open', 'done']).optional(),
    /** Only those that are linked to this message. */
    messageId: uuid.optional(),
  }),
  reply: { status: 200, body: pageOf(task) },
  failures: [400, 403, 404],
})

const taskBody = {
  title: filledText(MAX_TITLE),
  assigneeId: uuid.nullable(),
  dueOn: z.iso.date('must be a date such as 2026-02-03').nullable(),
}

export const createTask = endpoint({
  method: 'POST',
  path: '/api/team/conversations/{id}/tasks',
  summary: 'Make a task, from a message or from nothing',
  access: 'person',
  params: ids,
  body: z.strictObject({
    title: taskBody.title,
    assigneeId: taskBody.assigneeId.default(null),
    dueOn: taskBody.dueOn.default(null),
    /** The message that it is made from; 409 when a task was made from it already. */
    messageId: uuid.optional(),
  }),
  reply: { status: 201, body: task },
  failures: [400, 403, 404, 409, 413, 415],
})

export const updateTask = endpoint({
  method: 'PATCH',
  path: '/api/team/tasks/{id}',
  summary: 'Change a task, or tick it off',
  access: 'person',
  params: ids,
  body: z.strictObject({
    title: taskBody.title.optional(),
    assigneeId: taskBody.assigneeId.optional(),
    dueOn: taskBody.dueOn.optional(),
    status: z.enum(['open', 'done']).optional(),
  }),
  reply: { status: 200, body: task },
  failures: [400, 404, 413, 415],
})

export const deleteTask = endpoint({
  method: 'DELETE',
  path: '/api/team/tasks/{id}',
  summary: 'Delete a task; its messages stay',
  access: 'person',
  params: ids,
  reply: { status: 204 },
  failures: [400, 404],
})

const taskMessageIds = z.strictObject({ id: uuid, messageId: uuid })

export const linkTask = endpoint({
  method: 'PUT',
  path: '/api/team/tasks/{id}/messages/{messageId}',
  summary: 'Link a message of the same conversation to a task; 409 when it is linked already',
  access: 'person',
  params: taskMessageIds,
  reply: { status: 204 },
  failures: [400, 404, 409],
})

export const unlinkTask = endpoint({
  method: 'DELETE',
  path: '/api/team/tasks/{id}/messages/{messageId}',
  summary: 'Unlink a message from a task',
  access: 'person',
  params: taskMessageIds,
  reply: { status: 204 },
  failures: [400, 404],
})

/**
 * What `data:` lines of a person's stream carry. Events that can be missed have an `id:`: send the last one as
 * `Last-Event-ID` and the stream goes on without a gap or a repeat.
 */
export const personEvent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('connected'), timestamp: isoTime }),
  z.strictObject({ type: z.literal('heartbeat'), timestamp: isoTime }),
  /** Too much has happened since the given position, or it is not known: read everything again. */
  z.strictObject({ type: z.literal('reset'), timestamp: isoTime }),
  /** `isStarred` and `can` depend on the reader and are not told here. */
  z.strictObject({ type: z.literal('message-posted'), message, timestamp: isoTime }),
  z.strictObject({ type: z.literal('message-changed'), message, timestamp: isoTime }),
  z.strictObject({
    type: z.literal('message-deleted'),
    conversationId: z.uuid(),
    messageId: z.uuid(),
    timestamp: isoTime,
  }),
  /** Title or members changed, or you were added: read the conversation again. */
  z.strictObject({ type: z.literal('conversation-changed'), conversationId: z.uuid(), timestamp: isoTime }),
  /** You are no longer in it, or it was deleted. */
  z.strictObject({ type: z.literal('conversation-gone'), conversationId: z.uuid(), timestamp: isoTime }),
  z.strictObject({ type: z.literal('work-types-changed'), conversationId: z.uuid(), timestamp: isoTime }),
  z.strictObject({ type: z.literal('tasks-changed'), conversationId: z.uuid(), timestamp: isoTime }),
  /** Your own read mark moved, perhaps in another tab. */
  z.strictObject({ type: z.literal('read-moved'), conversationId: z.uuid(), timestamp: isoTime }),
  /** Your own star came or went, perhaps in another tab. */
  z.strictObject({
    type: z.literal('star-changed'),
    conversationId: z.uuid(),
    messageId: z.uuid(),
    timestamp: isoTime,
  }),
  /** Somebody is writing; without `id:`, forgotten after six seconds. */
  z.strictObject({
    type: z.literal('typing'),
    conversationId: z.uuid(),
    person: teamPerson,
    timestamp: isoTime,
  }),
  /** A model is writing an answer in the conversation: its text comes on the stream of the conversation. */
  z.strictObject({ type: z.literal('reply-started'), conversationId: z.uuid(), timestamp: isoTime }),
])
export type PersonEvent = z.output<typeof personEvent>
