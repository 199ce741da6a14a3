/** Seed 3: file conversion without an account. Paths at the root, `{success, data}` around everything. */
import { z } from 'zod'
import { endpoint } from '../endpoint.ts'
import { isoTime, text } from '../shapes.ts'

const enveloped = <Data extends z.ZodType>(data: Data) => z.strictObject({ success: z.literal(true), data })

/** Names of errors (contracts, 3.2). */
export const failure = z.strictObject({
  success: z.literal(false),
  data: z.strictObject({ error: z.string(), message: z.string() }),
})

/** UUID version 4, made by the client: names the job in its session and nowhere else. */
export const jobId = z.uuidv4('must be a UUID of version 4')

/** A format as it is written in requests: `pdf`, `docx`. */
export const formatId = z
  .string({ error: 'must be a string' })
  .regex(/^[a-z0-9]{1,8}$/, 'must be the name of a format, such as pdf')

export const jobStatus = z.enum(['uploaded', 'queued', 'processing', 'completed', 'failed'])
export type JobStatus = z.output<typeof jobStatus>

export const initSession = endpoint({
  method: 'GET',
  path: '/session/init',
  summary: 'Begin a session, or find the one that the cookie names; it lives 24 hours',
  access: 'public',
  reply: { status: 200, body: enveloped(z.strictObject({ csrf_token: z.string() })) },
  failures: [403, 429, 503],
})

/** `multipart/form-data`: `file` and a field `job_id`, in any order; an id that is known before the bytes is refused before them. */
export const upload = endpoint({
  method: 'POST',
  path: '/upload',
  summary: 'Upload a file to convert; what it is decides its content, never its name',
  access: 'public',
  parts: 'file',
  fields: z.strictObject({ job_id: jobId }),
  reply: { status: 201, body: enveloped(z.strictObject({ job_id: z.string(), status: z.literal('uploaded') })) },
  failures: [400, 401, 403, 409, 413, 429, 503],
})

export const convert = endpoint({
  method: 'POST',
  path: '/convert',
  summary: 'Convert an uploaded file; asking again after a failure tries again',
  access: 'public',
  body: z.strictObject({ job_id: jobId, target_format: formatId }),
  reply: {
    status: 202,
    body: enveloped(z.strictObject({ job_id: z.string(), task_id: z.string(), status: z.literal('processing') })),
  },
  failures: [400, 401, 403, 404, 409, 413, 415, 429, 503],
})

export const readJobStatus = endpoint({
  method: 'GET',
  path: '/job_status',
  summary: 'How a job is getting on',
  access: 'public',
  query: z.strictObject({ job_id: jobId }),
  reply: {
    status: 200,
    body: enveloped(
      z.strictObject({
        status: jobStatus,
        error_message: z.string().nullable(),
        completed_at: isoTime.nullable(),
      }),
    ),
  },
  failures: [400, 401, 404, 503],
})

export const issueDownloadToken = endpoint({
  method: 'POST',
  path: '/download_token',
  summary: 'A token for one download within ten minutes, in this session only',
  access: 'public',
  body: z.strictObject({ job_id: jobId }),
  reply: { status: 201, body: enveloped(z.strictObject({ download_token: z.string() })) },
  failures: [400, 401, 403, 404, 409, 413, 415, 429, 503],
})

export const download = endpoint({
  method: 'GET',
  path: '/download',
  summary: 'The converted file, once; a broken download goes on with a fresh token and a range',
  access: 'public',
  query: z.strictObject({ token: text(200) }),
  reply: { status: 200, bytes: true, once: true },
  failures: [400, 401, 404, 416, 429, 503],
})

export const closeSession = endpoint({
  method: 'POST',
  path: '/session/close',
  summary: 'End the session and remove everything that it holds, at once',
  access: 'public',
  body: z.strictObject({}),
  reply: {
    status: 200,
    body: enveloped(z.strictObject({ message: z.literal('Session closed and cleaned up.') })),
  },
  failures: [400, 401, 403, 413, 415, 503],
})

/** One family of conversions, as this server offers it. */
export const formatGroup = z.strictObject({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  inputFormats: z.array(z.string()),
  outputFormats: z.array(z.string()),
  /** Bytes. */
  maxSize: z.number().int().positive(),
  features: z.array(z.string()),
})

export const listFormats = endpoint({
  method: 'GET',
  path: '/convert/formats',
  summary: 'What this server converts into what',
  access: 'public',
  reply: { status: 200, body: enveloped(z.array(formatGroup)) },
  failures: [],
})

/** What the page needs beyond the seed, in endpoints of its own (contracts, decision 15). */

export const jobDetails = z.strictObject({
  job_id: z.string(),
  original_filename: z.string(),
  source_format: z.string(),
  /** Formats that it can be converted into. */
  target_formats: z.array(z.string()),
  target_format: z.string().nullable(),
  status: jobStatus,
  /** 0 to 1; null while nobody knows. */
  progress: z.number().min(0).max(1).nullable(),
  error_type: z.string().nullable(),
  error_message: z.string().nullable(),
  can_retry: z.boolean(),
  /** Bytes. */
  size: z.number().int(),
  output_size: z.number().int().nullable(),
  output_filename: z.string().nullable(),
  created_at: isoTime,
  completed_at: isoTime.nullable(),
})
export type JobDetails = z.output<typeof jobDetails>

export const readSession = endpoint({
  method: 'GET',
  path: '/session',
  summary: 'What the session holds, and until when',
  access: 'public',
  reply: {
    status: 200,
    body: enveloped(z.strictObject({ expires_at: isoTime, jobs: z.array(jobDetails).max(100) })),
  },
  failures: [401, 503],
})

export const sessionEvent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('connected'), timestamp: isoTime }),
  z.strictObject({ type: z.literal('heartbeat'), timestamp: isoTime }),
  z.strictObject({ type: z.literal('job'), job: jobDetails, timestamp: isoTime }),
  z.strictObject({ type: z.literal('job-removed'), job_id: z.string(), timestamp: isoTime }),
])
export type SessionEvent = z.output<typeof sessionEvent>

export const followSession = endpoint({
  method: 'GET',
  path: '/session/events',
  summary: 'Follow the jobs of the session as server-sent events; the first ones say how all of them are',
  access: 'public',
  reply: { status: 200, body: sessionEvent, stream: true },
  failures: [401, 429, 503],
})

const jobBody = z.strictObject({ job_id: jobId })

export const cancelJob = endpoint({
  method: 'POST',
  path: '/convert/cancel',
  summary: 'Stop a conversion; the uploaded file stays',
  access: 'public',
  body: jobBody,
  reply: { status: 200, body: enveloped(jobDetails) },
  failures: [400, 401, 403, 404, 413, 415, 503],
})

export const removeJob = endpoint({
  method: 'POST',
  path: '/session/remove',
  summary: 'Remove a job with its files',
  access: 'public',
  body: jobBody,
  reply: { status: 200, body: enveloped(z.strictObject({ job_id: z.string() })) },
  failures: [400, 401, 403, 404, 413, 415, 503],
})

export const issueArchiveToken = endpoint({
  method: 'POST',
  path: '/download_token/all',
  summary: 'A token for one ZIP with all finished files of the session',
  access: 'public',
  body: z.strictObject({}),
  reply: { status: 201, body: enveloped(z.strictObject({ download_token: z.string() })) },
  failures: [400, 401, 403, 404, 413, 415, 429, 503],
})

/** What the page tells about engines that are not installed. */
export const listEngines = endpoint({
  method: 'GET',
  path: '/convert/engines',
  summary: 'The engines, whether each is installed, and which package brings it',
  access: 'public',
  reply: {
    status: 200,
    body: enveloped(
      z.array(
        z.strictObject({ id: z.string(), name: z.string(), isInstalled: z.boolean(), packages: z.array(z.string()) }),
      ),
    ),
  },
  failures: [],
})
