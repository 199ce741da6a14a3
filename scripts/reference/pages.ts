/** The reference pages for people: errors, configuration, endpoints. Each is made from the data that the program itself uses. */
import { variables } from '#server/config.ts'
import { type ErrorCode, errorCatalogue } from '#kernel/errors.ts'
import type { ContractSurface } from './contract.ts'
import type { SurfaceEnvelope } from './envelopes.ts'
import { failuresOf } from './implied.ts'

const GENERATED = '<!-- Made by scripts/reference/write-reference.ts. Change what it is made from, not this page. -->'

const page = (title: string, ...paragraphs: readonly string[]): string =>
  [`# ${title}`, GENERATED, ...paragraphs].join('\n\n') + '\n'

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n')

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')

/** Every error a person can meet: its code, kind, status and sentence. */
export const errorsPage = (envelopes: readonly SurfaceEnvelope[]): string => {
  const codes = Object.keys(errorCatalogue) as ErrorCode[]
  const rows = codes.map((code) => {
    const { kind, message, retryable } = errorCatalogue[code]
    return [`\`${code}\``, kind, statusesOf(envelopes, code), retryable ? 'yes' : 'no', message]
  })
  return page(
    'Errors',
    `Every error has a code from this list. The code itself stands in the answers of the \`app\` surface and in the log; the other surfaces speak the words of their own contracts. *Status* is what all of them answer, unless a surface is named. *Retry* says whether the same request may succeed later without being changed.`,
    table(['Code', 'Kind', 'Status', 'Retry', 'Sentence'], rows),
  )
}

/** The status that most surfaces answer with, and those that answer otherwise: `404; training: 403`. */
const statusesOf = (envelopes: readonly SurfaceEnvelope[], code: ErrorCode): string => {
  const statuses = envelopes.map(({ name, answer }) => ({ name, status: answer(code).status }))
  const counts = Map.groupBy(statuses, ({ status }) => status)
  const [[usual] = [0]] = [...counts].toSorted(([, a], [, b]) => b.length - a.length)
  const others = statuses.filter(({ status }) => status !== usual).map(({ name, status }) => `; ${name}: ${status}`)
  return `${usual}${others.join('')}`
}

/** Every environment variable, as `--help` prints them. */
export const configurationPage = (): string =>
  page(
    'Configuration',
    'Parlance reads these environment variables once, at its start. A wrong value stops the start with one line that names the variable, what it got and what it wants. `npm start -- --help` prints this table.',
    table(
      ['Variable', 'Default', 'Meaning'],
      variables.map(({ name, default: value, meaning }) => [`\`${name}\``, value, meaning]),
    ),
  )

/** Every endpoint, a table for each surface. */
export const endpointsPage = (surfaces: readonly ContractSurface[]): string =>
  page(
    'Endpoints',
    "Which surface a request belongs to is decided by its path alone; every failure there has that surface's shape. The exact shapes are in [openapi.json](openapi.json), the errors in [errors.md](errors.md). *Access* is `public` for everybody, `person` for somebody signed in: by `Authorization: Bearer`, by the session cookie, and on streams that say so by a ticket. Besides these there are `GET /health` for load balancers (200, or 503 while the server starts or stops) and the pages of the web app.",
    ...surfaces.flatMap(({ name, sentence, endpoints }) => [
      `## ${name}`,
      sentence,
      table(
        ['Endpoint', 'What it does', 'Access', 'Success', 'Failures'],
        endpoints.map(({ endpoint }) => [
          `\`${endpoint.method} ${endpoint.path}\``,
          endpoint.summary,
          endpoint.access,
          `${endpoint.reply.status}${endpoint.reply.stream ? ' (stream)' : ''}`,
          failuresOf(endpoint).join(', '),
        ]),
      ),
    ]),
  )
