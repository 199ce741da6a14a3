/** Forms with files (RFC 7578): how they are read in parts, and what is said of those that can't be. It keeps nothing. */
import multipart, { type MultipartFile } from '@fastify/multipart'
import type { FastifyInstance } from 'fastify'
import { AppError, toAppError } from '#kernel/errors.ts'

/** Longest text of a field that is no file, in bytes. */
const MOST_FIELD = 1000

/** For a scope of its own: everywhere else a form is no body. */
export const registerMultipart = (server: FastifyInstance, most: { readonly files: number; readonly fields: number }) =>
  server.register(multipart, {
    throwFileSizeLimit: false,
    // Names are data and never a path: they are kept whole.
    preservePath: true,
    limits: { ...most, fieldNameSize: 100, fieldSize: MOST_FIELD, headerPairs: 20, fileSize: Infinity },
  })

/** The bytes of a part; who stops reading them early may still read the next part. */
export const bytesOfPart = ({ file }: MultipartFile): AsyncIterable<Uint8Array> =>
  // Ending its stream early would end the parser's too.
  file.iterator({ destroyOnReturn: false })

/** Browsers write three characters of a name as escapes (HTML, multipart/form-data encoding algorithm). */
export const fileNameOf = ({ filename }: MultipartFile): string =>
  (filename ?? '').replaceAll('%22', '"').replaceAll(/%0d/gi, '\r').replaceAll(/%0a/gi, '\n')

export const unknownPart = (name = ''): AppError =>
  new AppError('request.invalid', {
    issues: [{ part: 'body', path: [name.slice(0, 100)], rule: 'unknown', message: 'should not exist' }],
  })

export const missingFile = (name: string): AppError =>
  new AppError('request.invalid', {
    issues: [{ part: 'body', path: [name], rule: 'missing', message: 'must be a file' }],
  })

/** What the parser found wrong, in the words of the catalogue. */
export const multipartError = (error: unknown): AppError => {
  if (error instanceof AppError) return error
  switch ((error as { code?: string }).code) {
    case 'FST_FILES_LIMIT':
      return new AppError('file.too_many')
    case 'FST_FIELDS_LIMIT':
    case 'FST_PARTS_LIMIT':
    case 'FST_PROTO_VIOLATION':
      return unknownPart('field')
    case 'FST_MP_PREMATURE_CLOSE':
    case 'ECONNRESET':
      return new AppError('file.cut_off', { cause: error })
    default:
      return isOfParser(error)
        ? new AppError('request.malformed', {
            cause: error,
            message: 'The request body is not valid multipart/form-data.',
          })
        : toAppError(error)
  }
}

/** The parser's own errors have no code. */
const isOfParser = (error: unknown): boolean =>
  /^(Multipart:|Part terminated|Unexpected end of multipart|Malformed|Max)/.test((error as Error).message)
