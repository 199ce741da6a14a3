/** What a person reads about a failure: in their language where the code is known, in the server's words otherwise. */
import type { TFunction } from 'i18next'
import { asRequestError } from '../request-error.ts'
import { en } from './en.ts'

type KnownCode = keyof typeof en.errors

const isKnown = (code: string): code is KnownCode => Object.hasOwn(en.errors, code)

/** Text for an error code, with the server's sentence as a fallback. */
export const codeText = (t: TFunction, code: string, sentence: string): string => {
  if (isKnown(code)) return t(`errors.${code}`)
  return sentence === '' ? t('errors.unknown') : sentence
}

export const errorText = (t: TFunction, thrown: unknown): string => {
  const error = asRequestError(thrown)
  if (error.status >= 500 && error.code.startsWith('http.')) return error.message || t('errors.server')
  return codeText(t, error.code, error.message)
}
