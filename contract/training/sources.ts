/**
 * Real conversations as training data: what may be taken, consent of those who wrote it, redaction that is seen before it
 * is final, and erasure.
 */
import { z } from 'zod'
import { endpoint } from '../endpoint.ts'
import { filledText, isoTime, MAX_TITLE, queryInteger, uuid } from '../shapes.ts'

/** Most messages that one training conversation is taken from. */
export const MAX_SOURCE_MESSAGES = 1_000
/** Most redactions of one training conversation. */
export const MAX_REDACTIONS = 5_000

const conversation = z.strictObject({ conversationId: uuid })
const cursor = z.string().max(200)
const page = { limit: queryInteger(1, 100).default(25), cursor: cursor.optional() }
const count = z.number().int().nonnegative()
const person = z.strictObject({ id: z.uuid(), name: z.string() })

/** What somebody said to being asked: `waiting` as long as they have said nothing. */
export const consentAnswer = z.enum(['waiting', 'granted', 'declined'])
export type ConsentAnswer = z.output<typeof consentAnswer>

/** What the caller asked the people of a team conversation. */
export const consentQuestion = z.strictObject({
  request_id: z.uuid(),
  conversation_id: z.uuid(),
  /** What the words are to be used for, as everybody who is asked reads it. */
  purpose: z.string(),
  asked_at: isoTime,
  /** Of those who are or were in the conversation, without the caller. */
  counts: z.strictObject({ waiting: count, granted: count, declined: count }),
})
export type ConsentQuestion = z.output<typeof consentQuestion>

export const source = z.strictObject({
  conversation_id: z.uuid(),
  kind: z.enum(['assistant', 'team']),
  title: z.string(),
  message_count: count,
  active_at: isoTime,
  /** How many training conversations the caller has taken from it. */
  taken_count: count,
  last_taken_at: isoTime.nullable(),
  /** Null where nobody needs to be asked, or nobody was. */
  consent: consentQuestion.nullable(),
})
export type Source = z.output<typeof source>

export const listSources = endpoint({
  method: 'GET',
  path: '/api/training/sources',
  summary: 'Conversations that you may take as training data: your own, and team conversations that you lead',
  access: 'person',
  query: z.strictObject({ kind: z.enum(['assistant', 'team']).default('assistant'), ...page }),
  reply: { status: 200, body: z.strictObject({ sources: z.array(source), next_cursor: z.string().nullable() }) },
  failures: [400],
})

/** How a conversation is read as training data. Whoever takes it must say the same as they did for the preview. */
const reading = {
  /** The first and the last message that is taken; left out: from the beginning, to the end. */
  from_message_id: uuid.optional(),
  to_message_id: uuid.optional(),
  /** Consecutive turns of one role become one. */
  merge_turns: z.boolean().default(true),
  /** Words of people without consent, and the model's answers to them: nowhere, or a turn that says that something is missing. */
  without_consent: z.enum(['leave_out', 'placeholder']).default('leave_out'),
  /** In a team conversation: whose messages are learned from, besides the models'. */
  assistant_person_id: uuid.optional(),
  /** Where phone numbers without a country code are from: ISO 3166-1, two letters. */
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'must be two capital letters, such as VN')
    .optional(),
}

export const redactionKind = z.enum([
  'email',
  'phone',
  'card',
  'iban',
  'secret',
  'ip',
  'url',
  'national_id',
  'name',
  'other',
])
export type RedactionKind = z.output<typeof redactionKind>

/** A stretch of a turn; `start` and `end` count UTF-16 code units, as `slice` does. */
const stretch = {
  turn_number: z.number().int().positive(),
  start: z.number().int().nonnegative(),
  end: z.number().int().positive(),
}

export const redaction = z.strictObject({
  ...stretch,
  kind: redactionKind,
  /** What stands there instead: the same for the same value, in the whole conversation. */
  replacement: z.string(),
  /** 0 to 1. From 0.5 on it should be accepted unless somebody knows better. */
  confidence: z.number().min(0).max(1),
})
export type Redaction = z.output<typeof redaction>

export const sourceTurn = z.strictObject({
  turn_number: z.number().int().positive(),
  role: z.enum(['system', 'user', 'assistant']),
  /** Who says it, by a name that tells nothing: `Person A`. Null for models. */
  name: z.string().nullable(),
  /** Before anything is redacted. */
  content: z.string(),
  train: z.boolean(),
})
export type SourceTurn = z.output<typeof sourceTurn>

export const sourcePerson = z.strictObject({
  ...person.shape,
  pseudonym: z.string(),
  /** `self` is the caller, who consents by taking it. */
  consent: z.enum(['self', ...consentAnswer.options]),
  message_count: count,
})
export type SourcePerson = z.output<typeof sourcePerson>

export const previewSource = endpoint({
  method: 'POST',
  path: '/api/training/sources/{conversationId}/preview',
  summary: 'What would be taken of a conversation: its turns, and what of them should be redacted',
  access: 'person',
  params: conversation,
  body: z.strictObject(reading),
  reply: {
    status: 200,
    body: z.strictObject({
      conversation_id: z.uuid(),
      kind: z.enum(['assistant', 'team']),
      title: z.string(),
      /** Names exactly what was shown: taking it fails when the conversation says something else by then. */
      fingerprint: z.string(),
      /** Those whose words are in the conversation and who are known still. */
      people: z.array(sourcePerson).max(MAX_SOURCE_MESSAGES),
      turns: z.array(sourceTurn).max(MAX_SOURCE_MESSAGES),
      redactions: z.array(redaction).max(MAX_REDACTIONS),
      /** Messages that are left out, because nobody consented to taking them. */
      left_out: count,
      /** Why it can't be taken as it is, if so. */
      obstacle: z.enum(['consent_missing', 'nothing_to_learn']).nullable(),
    }),
  },
  failures: [400, 404, 409, 413, 415],
})

export const takeSource = endpoint({
  method: 'POST',
  path: '/api/training/sources/{conversationId}/take',
  summary: 'Take a conversation as training data, as its preview showed it, with these redactions',
  access: 'person',
  params: conversation,
  body: z.strictObject({
    ...reading,
    fingerprint: z.string().regex(/^[\w-]{43}$/, 'must come from a preview'),
    title: filledText(MAX_TITLE),
    tier: z.enum(['template', 'scenario', 'edge_case']).default('scenario'),
    /** False: also while some of those whose words are in it have not answered yet. */
    wait_for_everybody: z.boolean().default(true),
    /** What is redacted: what of the preview was accepted, and what was added. Stretches of one turn must not overlap. */
    redactions: z.array(z.strictObject({ ...stretch, kind: redactionKind })).max(MAX_REDACTIONS),
  }),
  reply: {
    status: 201,
    body: z.strictObject({
      success: z.literal(true),
      conversation_id: z.uuid(),
      turn_count: count,
      redaction_count: count,
    }),
  },
  failures: [400, 404, 409, 413, 415],
})

export const askForConsent = endpoint({
  method: 'POST',
  path: '/api/training/sources/{conversationId}/consent',
  summary: 'Ask everybody in a team conversation for consent; another purpose is asked anew',
  access: 'person',
  params: conversation,
  body: z.strictObject({ purpose: filledText(1_000) }),
  reply: { status: 201, body: consentQuestion },
  failures: [400, 404, 413, 415],
})

export const listAnswers = endpoint({
  method: 'GET',
  path: '/api/training/sources/{conversationId}/consent',
  summary: 'What you asked the people of a team conversation, and who answered what',
  access: 'person',
  params: conversation,
  query: z.strictObject(page),
  reply: {
    status: 200,
    body: z.strictObject({
      question: consentQuestion,
      /** By name. */
      answers: z.array(z.strictObject({ person, answer: consentAnswer, answered_at: isoTime.nullable() })),
      next_cursor: z.string().nullable(),
    }),
  },
  failures: [400, 404],
})

export const stopAsking = endpoint({
  method: 'DELETE',
  path: '/api/training/sources/{conversationId}/consent',
  summary: 'Take your question back, with all answers; what was taken already stays',
  access: 'person',
  params: conversation,
  reply: { status: 204 },
  failures: [400, 404],
})

/** What the caller was asked. */
export const consent = z.strictObject({
  request_id: z.uuid(),
  conversation: z.strictObject({ id: z.uuid(), title: z.string() }),
  asker: person,
  purpose: z.string(),
  asked_at: isoTime,
  answer: consentAnswer,
  answered_at: isoTime.nullable(),
})
export type Consent = z.output<typeof consent>

export const listConsents = endpoint({
  method: 'GET',
  path: '/api/training/consents',
  summary: 'Who asked whether your words may become training data, latest first',
  access: 'person',
  query: z.strictObject({
    ...page,
    answer: consentAnswer.optional(),
    /** Only of this conversation. */
    conversation_id: uuid.optional(),
  }),
  reply: { status: 200, body: z.strictObject({ consents: z.array(consent), next_cursor: z.string().nullable() }) },
  failures: [400],
})

export const answerConsent = endpoint({
  method: 'PUT',
  path: '/api/training/consents/{id}',
  summary: 'Grant or decline; declining what you had granted erases your words from what was taken',
  access: 'person',
  params: z.strictObject({ id: uuid }),
  body: z.strictObject({ answer: z.enum(['granted', 'declined']) }),
  reply: { status: 200, body: consent },
  failures: [400, 404, 413, 415],
})

/** A training conversation that holds words of the caller's. */
export const heldWords = z.strictObject({
  id: z.uuid(),
  /** In whose hands it is. */
  owner: person,
  /** What it was taken from; null when that is gone, or the caller can't see it any more. */
  source: z.strictObject({ id: z.uuid(), title: z.string() }).nullable(),
  /** How many messages of the caller's, or answers to them. */
  message_count: count,
  taken_at: isoTime,
})
export type HeldWords = z.output<typeof heldWords>

export const listHeldWords = endpoint({
  method: 'GET',
  path: '/api/training/my-data',
  summary: 'Which training conversations hold words of yours, and in whose hands they are; latest first',
  access: 'person',
  query: z.strictObject(page),
  reply: { status: 200, body: z.strictObject({ data: z.array(heldWords), next_cursor: z.string().nullable() }) },
  failures: [400],
})

export const eraseHeldWords = endpoint({
  method: 'DELETE',
  path: '/api/training/my-data/{conversationId}',
  summary: 'Erase your words from a training conversation, its older revisions, and everything that is exported of it',
  access: 'person',
  params: conversation,
  reply: { status: 204 },
  failures: [400, 404],
})

/** What was redacted, as long as it can be put back. */
export const keptRedaction = z.strictObject({
  replacement: z.string(),
  kind: redactionKind,
  /** What stood there. */
  value: z.string(),
  turn_numbers: z.array(z.number().int().positive()),
})
export type KeptRedaction = z.output<typeof keptRedaction>

export const listRedactions = endpoint({
  method: 'GET',
  path: '/api/training/conversations/{conversationId}/redactions',
  summary: 'What was redacted in a training conversation: until it is approved, which makes it final',
  access: 'person',
  params: conversation,
  reply: {
    status: 200,
    body: z.strictObject({ redactions: z.array(keptRedaction).max(MAX_REDACTIONS), is_final: z.boolean() }),
  },
  failures: [400, 404],
})

export const restoreRedaction = endpoint({
  method: 'POST',
  path: '/api/training/conversations/{conversationId}/redactions/restore',
  summary: 'Put back what a replacement stands for, wherever it stands; until the conversation is approved',
  access: 'person',
  params: conversation,
  body: z.strictObject({
    replacement: z.string().regex(/^\[[A-Z]{2,10}_[A-Z0-9]{1,6}\]$/, 'must be a replacement, such as [EMAIL_1]'),
  }),
  reply: { status: 200, body: z.strictObject({ conversation_id: z.uuid(), revision: z.number().int().positive() }) },
  failures: [400, 404, 409, 413, 415],
})
