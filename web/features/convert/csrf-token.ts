/** The token that every change carries. It is held in memory only: another page of this browser asks for it itself. */
import { asRequestError } from '../../lib/request-error.ts'
import { initSession } from './init-session.ts'

let token: Promise<string> | null = null

/** Begins the session where none is held, else hands back its token. */
export const beginSession = (): Promise<string> => {
  token ??= initSession().catch((error: unknown) => {
    token = null
    throw error
  })
  return token
}

/** The session is over. */
export const forgetSession = (): void => {
  token = null
}

/** `send` is given the headers. A token that no longer fits (another tab began a new session) is asked for again, once. */
export const withCsrfToken = async <T>(
  send: (headers: { readonly 'x-csrf-token': string }) => Promise<T>,
): Promise<T> => {
  const held = beginSession()
  try {
    return await send({ 'x-csrf-token': await held })
  } catch (thrown) {
    if (asRequestError(thrown).code !== 'CSRFValidationError') throw thrown
    if (token === held) forgetSession()
    return send({ 'x-csrf-token': await beginSession() })
  }
}
