/** Judges an answer by the document alone: status, type, shape, and that nothing of the inside shows. It knows no server. */
import { z } from 'zod'
import type { Answer, Ask } from './client.ts'
import { type Operation, operations, type Reply } from './document.ts'

/** Longest that any single request may take, in milliseconds. */
const PATIENCE = 2_000

/** Stacks, files, SQL and the names of what we are made of. */
const INSIDES: readonly RegExp[] = [
  /\bat [\w.<> ]+\(?(file:|node:|\/)[^\s]+:\d+/,
  /node:internal|node_modules|\.ts:\d+|\.js:\d+/,
  /\/(work|root|home|tmp|usr|var)\//,
  /\b(select|insert|update|delete)\b[^"]{0,80}\b(from|into|set|where)\b [a-z_]+/i,
  /syntax error at|invalid input syntax|violates|relation "|postgres|kysely|fastify|FST_ERR|ZodError|TypeError|RangeError|SyntaxError/i,
]

const ofConversation = '^/api/conversations/[^/]+'

/** Which surface a path belongs to (contracts, its table of surfaces); the first that matches. */
const surfaces: readonly (readonly [path: RegExp, surface: string, method?: string])[] = [
  [/^\/api\/v1(\/|$)/, 'chat-v1'],
  [new RegExp(`${ofConversation}/messages/?$`), 'messages', 'GET'],
  [new RegExp(`${ofConversation}/files(/|$)`), 'messages'],
  [/^\/api\/(files|team)(\/|$)/, 'messages'],
  [new RegExp(`${ofConversation}/download(/|$)`), 'training'],
  [/^\/api\/training(\/|$)/, 'training'],
  [/^\/api\/(conversations|api-key|models|auth)(\/|$)/, 'conversations'],
  [/^\/(session|upload|convert|job_status|download_token|download)(\/|$)/, 'conversion'],
]

/** The failures of surfaces that have no operation in the document yet, as the contracts have them. */
const undocumented: Readonly<Record<string, Reply>> = {
  training: {
    mediaType: 'application/json',
    body: z.strictObject({
      error: z.string(),
      message: z.string(),
      conversation_id: z.string().optional(),
      details: z.string().optional(),
    }),
  },
}

/** What a failure at an address looks like. */
const failureAt = ({ method, path }: Ask): Reply => {
  const plain = path.split('?', 1)[0]!
  const row = surfaces.find(([pattern, , only]) => pattern.test(plain) && (only ?? method) === method)
  const surface = row?.[1] ?? 'app'
  return operations.find((each) => each.surface === surface)?.failure ?? undocumented[surface]!
}

/**
 * Everything that is wrong with an answer, as sentences; empty when the document allows it.
 *
 * @param operation whose answer it should be; without one only a refusal can be right
 */
export const faultsOf = (request: Ask, answer: Answer, operation?: Operation): string[] => {
  const { status, headers, text, ms } = answer
  const what = `${request.method} ${request.path.slice(0, 120)} answered ${status} ${text.slice(0, 300)}`
  const faults: string[] = []
  const fault = (sentence: string) => void faults.push(`${sentence}: ${what}`)

  if (status >= 500) fault('a failure of the server')
  if (ms > PATIENCE) fault(`took ${Math.round(ms)} ms`)
  const isJson = /json/.test(headers['content-type'] ?? '')
  if (isJson || status >= 400)
    for (const inside of INSIDES) if (inside.test(shown(text, request))) fault(`shows ${inside.source.slice(0, 30)}`)
  if (headers['x-request-id'] === undefined) fault('has no x-request-id')
  // What a file holds never changes: a browser may keep it for the person whose it is.
  const isFile = status < 400 && operation?.replies.get(operation.success)?.mediaType === '*/*'
  const cached = isFile ? /no-(store|cache)|private/ : /no-(store|cache)/
  if (request.path.startsWith('/api/') && !cached.test(headers['cache-control'] ?? '')) fault('may be cached')
  if (headers['x-content-type-options'] !== 'nosniff') fault('may be sniffed')
  if (status === 401 && headers['www-authenticate'] === undefined) fault('has no www-authenticate')
  if (status === 405 && headers.allow === undefined) fault('has no allow')
  if (request.method === 'HEAD') return faults

  const documented = operation?.replies.get(status)
  if (operation !== undefined && documented === undefined && status !== 404 && status !== 405)
    fault('is not documented')
  if (status < 400) {
    if (operation === undefined) fault('succeeded')
    else if (documented !== undefined) faults.push(...shapeFaults(documented, answer, what))
  } else {
    faults.push(...shapeFaults(documented ?? failureAt(request), answer, what))
  }
  return faults
}

/** What a request said itself may be said back. */
const shown = (text: string, { path, body }: Ask): string => {
  const said = [path, typeof body === 'string' ? body : JSON.stringify(body ?? '')]
  return said.some((each) => INSIDES.some((inside) => inside.test(each))) ? '' : text
}

const shapeFaults = ({ mediaType, body }: Reply, { headers, text }: Answer, what: string): string[] => {
  if (mediaType === '*/*') return []
  const type = headers['content-type']?.split(';', 1)[0]
  if (type !== mediaType) return [`should be ${mediaType}, is ${type}: ${what}`]
  if (body === undefined) return text === '' ? [] : [`should be empty: ${what}`]
  if (mediaType === 'text/event-stream') return eventFaults(body, text, what)
  const parsed = body.safeParse(parsedJson(text))
  return parsed.success
    ? []
    : [`has another shape (${parsed.error.issues[0]?.path.join('.')} ${parsed.error.issues[0]?.message}): ${what}`]
}

const eventFaults = (body: NonNullable<Reply['body']>, text: string, what: string): string[] =>
  [...text.matchAll(/^data: (.*)$/gm)]
    .filter(([, data]) => !body.safeParse(parsedJson(data!)).success)
    .map(([, data]) => `has an event of another shape, ${data}: ${what}`)

const parsedJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
