/** Uploading a large file so that it can go on where it stopped: tus 1.0 with creation, expiration and termination. */
import { z } from 'zod'
import { endpoint } from '../endpoint.ts'
import { uuid } from '../shapes.ts'
import { uploadedFile } from './files.ts'

export const TUS_VERSION = '1.0.0'

const uploadIds = z.strictObject({ fileId: uuid })

/** Of headers that every client sends there are others; these are read. */
const tusHeaders = (more: Record<string, z.ZodType> = {}) =>
  z.object({
    'tus-resumable': z.string().optional().describe(`The version of the protocol: ${TUS_VERSION}; another one is 412`),
    ...more,
  })

const byteCount = (description: string) =>
  z
    .string({ error: 'must be a number of bytes' })
    .regex(/^\d{1,15}$/, 'must be a number of bytes')
    .describe(description)

/** `Location` names the upload, whose last part is the id of the file to be; `Upload-Expires` its end, a day later. */
export const beginUpload = endpoint({
  method: 'POST',
  path: '/api/files/uploads',
  summary: 'Begin an upload that can be interrupted (tus 1.0)',
  access: 'person',
  headers: tusHeaders({
    'upload-length': byteCount('Size of the file in bytes'),
    'upload-metadata': z
      .string({ error: 'must be a string' })
      .max(4_000, 'must be at most 4000 characters')
      .describe(
        '`conversationId` and `filename`, each followed by a space and its value in Base64, separated by commas',
      ),
  }),
  reply: { status: 201 },
  failures: [400, 403, 404, 412, 413, 429],
})

/** `HEAD` is what tus clients ask; `Upload-Offset` and `Upload-Length` say the same as the body. */
export const getUpload = endpoint({
  method: 'GET',
  path: '/api/files/uploads/{fileId}',
  summary: 'How much of an upload has come, and the file once all of it has (tus 1.0)',
  access: 'person',
  params: uploadIds,
  headers: tusHeaders(),
  reply: {
    status: 200,
    body: z.strictObject({
      /** Bytes that need not be sent again. */
      offset: z.number().int().min(0),
      fileSize: z.number().int().positive(),
      file: uploadedFile.nullable(),
    }),
  },
  failures: [400, 404, 412],
})

/** When all of it has come, `X-File-Id` names the file. What is wrong with the file is told here, as of `POST /api/files`. */
export const continueUpload = endpoint({
  method: 'PATCH',
  path: '/api/files/uploads/{fileId}',
  summary: 'Send the next bytes of an upload (tus 1.0)',
  access: 'person',
  params: uploadIds,
  headers: tusHeaders({ 'upload-offset': byteCount('How many bytes the server has already') }),
  bytes: 'application/offset+octet-stream',
  reply: { status: 204 },
  failures: [400, 403, 404, 409, 412, 413, 415],
})

export const cancelUpload = endpoint({
  method: 'DELETE',
  path: '/api/files/uploads/{fileId}',
  summary: 'Give up an upload that is not complete (tus 1.0)',
  access: 'person',
  params: uploadIds,
  headers: tusHeaders(),
  reply: { status: 204 },
  failures: [400, 404, 412],
})
