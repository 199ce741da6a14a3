/** The envelopes of all surfaces, found in their folders, for pages that say how a surface spells an error. */
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { AppError, type ErrorCode } from '#kernel/errors.ts'
import type { Envelope, ErrorAnswer } from '#server/surfaces/shared/surface.ts'

const folder = path.resolve(import.meta.dirname, '../../server/surfaces')

export interface SurfaceEnvelope {
  readonly name: string
  /** The answer to an error, with the parts that differ from request to request made up. */
  answer(code: ErrorCode): ErrorAnswer
}

/** By name of the surface. */
export const readEnvelopes = async (): Promise<SurfaceEnvelope[]> => {
  const files = readdirSync(folder)
    .toSorted()
    .map((name) => ({ name, file: path.join(folder, name, 'envelope.ts') }))
    .filter(({ file }) => existsSync(file))
  return Promise.all(files.map(({ name, file }) => readEnvelope(name, file)))
}

const readEnvelope = async (name: string, file: string): Promise<SurfaceEnvelope> => {
  const exported = (await import(pathToFileURL(file).href)) as Record<string, unknown>
  const envelope = Object.entries(exported).find(([key]) => key.endsWith('Envelope'))?.[1] as Envelope | undefined
  if (envelope === undefined) throw new Error(`server/surfaces/${name}/envelope.ts exports no envelope.`)
  const context = { requestId: 'request', time: new Date(0), params: {} }
  return { name, answer: (code) => envelope(new AppError(code), context) }
}
