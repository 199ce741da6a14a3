/** Files: sent in conversations, found again, shown safely; problem details on failure. */
import { z } from 'zod'
import { endpoint } from '../endpoint.ts'
import { isoTime, queryInteger, text, uuid, uuidV4 } from '../shapes.ts'

const fileIds = z.strictObject({ fileId: uuid })

/** What a file is, by its content: what listings filter by and pages choose an icon and a preview by. */
export const fileCategory = z.enum([
  'image',
  'video',
  'audio',
  'pdf',
  'word',
  'excel',
  'powerpoint',
  'text',
  'archive',
  'other',
])
export type FileCategory = z.output<typeof fileCategory>

/** `media`: pictures and videos. `docs`: everything else (contracts, 1.2). */
export const fileKind = z.enum(['media', 'docs'])

const dimensions = z.strictObject({ width: z.number().int(), height: z.number().int() })

/** A file that was uploaded, and perhaps not sent yet. */
export const uploadedFile = z.strictObject({
  id: z.uuid(),
  conversationId: z.uuid(),
  fileName: z.string(),
  contentType: z.string(),
  category: fileCategory,
  fileSize: z.number().int().positive(),
  uploadedAt: isoTime,
  thumbnailUrl: z.string().nullable(),
  duration: z.number().nullable(),
  dimensions: dimensions.nullable(),
})
export type UploadedFile = z.output<typeof uploadedFile>

/** One part of an upload: what it became, or why it was refused. Both name the file as the client did. */
export const uploadResult = z.discriminatedUnion('status', [
  z.strictObject({ status: z.literal('stored'), file: uploadedFile }),
  z.strictObject({ status: z.literal('refused'), fileName: z.string(), code: z.string(), detail: z.string() }),
])
export type UploadResult = z.output<typeof uploadResult>

/**
 * `multipart/form-data`, one or more parts named `file`. Nothing of a refused file stays. When every file is refused, the
 * answer is the first one's problem; when some are, 201 tells which.
 */
export const uploadFiles = endpoint({
  method: 'POST',
  path: '/api/files',
  summary: 'Upload files for a message in a conversation; unsent ones are removed after a day',
  access: 'person',
  query: z.strictObject({ conversationId: uuid }),
  parts: 'file',
  reply: { status: 201, body: z.strictObject({ data: z.array(uploadResult).min(1).max(10) }) },
  failures: [400, 403, 404, 413, 415],
})

export const deleteUpload = endpoint({
  method: 'DELETE',
  path: '/api/files/{fileId}',
  summary: 'Remove a file of yours that was not sent yet',
  access: 'person',
  params: fileIds,
  reply: { status: 204 },
  failures: [400, 404],
})

/** `Range`, `If-None-Match` and `If-Range` as RFC 9110 says. */
export const readFile = endpoint({
  method: 'GET',
  path: '/api/files/{fileId}',
  summary: 'Download a file, or show it in place where its type is safe to show',
  access: 'person',
  params: fileIds,
  query: z.strictObject({ disposition: z.enum(['attachment', 'inline']).default('attachment') }),
  reply: { status: 200, bytes: true },
  failures: [400, 403, 404, 416],
})

export const readThumbnail = endpoint({
  method: 'GET',
  path: '/api/files/{fileId}/thumbnail',
  summary: 'A small picture of a file: 100, 200 or 400 pixels on its longer side, WebP',
  access: 'person',
  params: fileIds,
  query: z.strictObject({ size: z.enum(['small', 'medium', 'large']).default('medium') }),
  reply: { status: 200, bytes: true },
  failures: [400, 403, 404],
})

export const readPreview = endpoint({
  method: 'GET',
  path: '/api/files/{fileId}/preview',
  summary:
    'A picture to read by, at most 1600 pixels, WebP: the picture, a page of a PDF or an office document, the first frame of a video',
  access: 'person',
  params: fileIds,
  query: z.strictObject({ page: queryInteger(1, 10_000).default(1) }),
  /** Of what has pages, `X-Total-Pages` and `X-Current-Page` say where this page stands. */
  reply: { status: 200, bytes: true },
  failures: [400, 403, 404],
})

/** With the engines that are installed; none where the file is of no kind that is converted, or too large. */
export const listFileFormats = endpoint({
  method: 'GET',
  path: '/api/files/{fileId}/formats',
  summary: 'What a file can be converted into on this server',
  access: 'person',
  params: fileIds,
  reply: {
    status: 200,
    body: z.strictObject({ data: z.array(z.strictObject({ format: z.string(), name: z.string() })).max(100) }),
  },
  failures: [400, 403, 404],
})

/**
 * Converts it first, where nobody has asked for that before; the answer may take minutes, and who goes away stops it. A document
 * with several pages becomes a ZIP of pictures. 409: it can't be converted, and `detail` says why.
 */
export const readFileAs = endpoint({
  method: 'GET',
  path: '/api/files/{fileId}/as/{format}',
  summary: 'Download a file, converted into another format',
  access: 'person',
  params: z.strictObject({ ...fileIds.shape, format: z.string().regex(/^[A-Za-z0-9]{1,8}$/) }),
  reply: { status: 200, bytes: true },
  failures: [400, 403, 404, 409, 413, 416, 429],
})

/** A file in a conversation's listing. */
export const sharedFile = z.strictObject({
  ...uploadedFile.shape,
  messageId: z.uuid(),
  senderId: z.uuid().nullable(),
  senderName: z.string(),
  /** When its message was posted. */
  sharedAt: isoTime,
})
export type SharedFile = z.output<typeof sharedFile>

const list = <Item extends z.ZodType<string>>(item: Item) =>
  z.union([item.transform((one) => [one]), z.array(item).max(20)]).meta({ description: 'May be repeated' })

export const fileSort = z.enum(['newest', 'oldest', 'name', 'largest', 'smallest'])

export const listFiles = endpoint({
  method: 'GET',
  path: '/api/conversations/{conversationId}/files',
  summary: 'The files of a conversation: filtered, searched, sorted; by numbered pages or by cursor',
  access: 'person',
  params: z.strictObject({ conversationId: uuidV4 }),
  query: z
    .strictObject({
      kind: fileKind.optional(),
      type: list(fileCategory).optional(),
      /** People who sent them. */
      sender: list(uuid).optional(),
      /** Part of the name; case and accents do not matter. */
      q: text(200).optional(),
      /** Shared at or after this moment. */
      from: z.iso.datetime({ offset: true }).optional(),
      /** Shared before this moment. */
      to: z.iso.datetime({ offset: true }).optional(),
      sort: fileSort.default('newest'),
      limit: queryInteger(1, 100).default(50),
      page: queryInteger(1, 200).optional(),
      /** It may carry a name. */
      cursor: z.string().max(1_200).optional(),
    })
    .refine(({ page, cursor }) => page === undefined || cursor === undefined, {
      message: 'must not name both page and cursor',
    }),
  reply: {
    status: 200,
    body: z.strictObject({
      data: z.array(sharedFile).max(100),
      /** How many match, counted to 10,000. */
      total: z.number().int().min(0).max(10_000),
      /** How many there are of each kind, without any filter. */
      counts: z.strictObject({ media: z.number().int(), docs: z.number().int() }),
      nextCursor: z.string().nullable(),
    }),
  },
  failures: [400, 403, 404],
})

/** Everybody who shared a file in a conversation, for the filter by sender. */
export const listFileSenders = endpoint({
  method: 'GET',
  path: '/api/conversations/{conversationId}/files/senders',
  summary: 'Who shared files in a conversation, by name',
  access: 'person',
  params: z.strictObject({ conversationId: uuidV4 }),
  query: z.strictObject({ kind: fileKind.optional() }),
  reply: {
    status: 200,
    body: z.strictObject({ data: z.array(z.strictObject({ id: z.uuid(), name: z.string() })).max(200) }),
  },
  failures: [400, 403, 404],
})
