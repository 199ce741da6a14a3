/** Sends the bytes of a file, or a range of them (RFC 9110). The one way in which files leave the server. */
import type { Readable } from 'node:stream'
import { create as contentDisposition } from 'content-disposition'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '#kernel/errors.ts'
import { type AskedRange, matchesTag, rangeOf } from './byte-range.ts'

export interface SendableFile {
  /** Bytes. */
  readonly size: number
  /** Different whenever the bytes are, such as their SHA-256; without quotes. Undefined: nobody knows one. */
  readonly tag: string | undefined
  readonly contentType: string
  /** As people call it; any characters. */
  readonly name: string
  readonly disposition: 'inline' | 'attachment'
  /** The address has these bytes for ever: a browser that has them need not ask again for a day. */
  readonly neverChanges?: boolean
  /** Where a proxy in front finds its bytes, so that they need not pass through us; undefined where none does. */
  proxied(): Promise<string | undefined>
  /** Its bytes; undefined when they are not there any more. */
  open(range?: AskedRange): Promise<Readable | undefined>
}

/**
 * What a person uploaded is never trusted by a browser, whatever it is: it runs nothing, loads nothing, and is shown on no
 * other site. A copy may be kept, and be used after asking us again: who was removed from a conversation has lost it.
 */
const fileHeaders = {
  'content-security-policy': "default-src 'none'; sandbox",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'private, no-cache',
  'accept-ranges': 'bytes',
} as const

/**
 * 200, 206 or 304. Fails with `file.not_found` where the bytes are gone, with `request.range` (and `Content-Range`) where
 * none of those that were asked for exist. Several ranges at once get the whole, as RFC 9110, 14.2 allows.
 */
export const sendFile = async (
  { method, headers }: FastifyRequest,
  reply: FastifyReply,
  file: SendableFile,
): Promise<FastifyReply> => {
  const etag = file.tag && `"${file.tag}"`
  reply.headers({ ...fileHeaders, ...(etag && { etag }) })
  if (file.neverChanges === true) reply.header('cache-control', 'private, max-age=86400, immutable')
  if (etag && matchesTag(headers['if-none-match'], etag)) return reply.code(304).send()

  // Only GET has ranges, and only of what the client has the beginning of: `If-Range` compares strongly.
  const ifRange = headers['if-range']
  const isCurrent = ifRange === undefined || ifRange === etag
  const range = method === 'GET' && isCurrent ? rangeOf(headers.range, file.size) : 'whole'
  if (range === 'unsatisfiable') {
    reply.header('content-range', `bytes */${file.size}`)
    throw new AppError('request.range')
  }
  const place = method === 'GET' ? await file.proxied() : undefined
  if (place !== undefined) {
    // nginx knows the range from the request, says itself that it can, and keeps the headers that deploy/nginx.conf names.
    reply.removeHeader('accept-ranges')
    reply.headers({ 'x-accel-redirect': place, 'content-disposition': dispositionOf(file) })
    return reply.type(file.contentType).send()
  }
  const part = range === 'whole' ? undefined : range
  const bytes = method === 'HEAD' ? undefined : await file.open(part)
  if (bytes === undefined && method !== 'HEAD') throw new AppError('file.not_found')
  reply.headers({
    'content-type': file.contentType,
    'content-disposition': dispositionOf(file),
    'content-length': part ? part.end - part.start + 1 : file.size,
    ...(part && { 'content-range': `bytes ${part.start}-${part.end}/${file.size}` }),
  })
  return reply.code(part ? 206 : 200).send(bytes)
}

/** RFC 6266: a name that is not plain ASCII goes twice, the true one by RFC 8187. */
export const dispositionOf = ({ disposition, name }: Pick<SendableFile, 'disposition' | 'name'>): string =>
  contentDisposition(name, { type: disposition })
