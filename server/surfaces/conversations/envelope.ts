/** Seed 4's error shape: `{statusCode, message, errors?: {field, message}[]}`. */
import type { AppError } from '#kernel/errors.ts'
import { type Envelope, usualStatus } from '../shared/surface.ts'

export const conversationsEnvelope: Envelope = (error) => {
  const statusCode = usualStatus[error.kind]
  const errors = error.issues.map(({ path, message }) => ({ field: path.join('.'), message }))
  return {
    status: statusCode,
    contentType: 'application/json; charset=utf-8',
    body: { statusCode, message: messageOf(error), ...(errors.length > 0 ? { errors } : {}) },
  }
}

/** The seed project's own sentences where it has them (contracts, 4.2). */
const messageOf = (error: AppError): string => {
  switch (error.code) {
    case 'request.malformed':
      return 'Invalid JSON in request body'
    case 'request.invalid':
      return invalidPart(error)
    case 'identity.missing':
    case 'identity.invalid':
      return 'Unauthorized'
    default:
      return error.message
  }
}

const invalidPart = ({ issues }: AppError): string => {
  const [first] = issues
  if (first?.part === 'params') return first.path[0] === 'messageId' ? 'Invalid message ID' : 'Invalid conversation ID'
  return first?.part === 'query' ? 'Invalid query parameters' : 'Invalid request body'
}
