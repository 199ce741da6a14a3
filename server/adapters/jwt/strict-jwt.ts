/** Reads a JWT without verifying it, and refuses whatever two readers could read differently. It knows no keys. */

export interface UnverifiedJwt {
  readonly header: Readonly<Record<string, unknown>>
  readonly payload: Readonly<Record<string, unknown>>
}

/** Longer tokens are refused unread: no issuer needs more, and every byte is work before anybody is known. */
const MAX_TOKEN = 8192

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Three parts, each in the one base64url spelling of its bytes (jose alone also takes others: padding, spare bits, the
 * other alphabet), header and payload objects in which no key occurs twice.
 *
 * @returns undefined for everything else
 */
export const readStrictly = (token: string): UnverifiedJwt | undefined => {
  if (token.length > MAX_TOKEN) return undefined
  const parts = token.split('.')
  if (parts.length !== 3) return undefined
  const bytes = parts.map((part) => Buffer.from(part, 'base64url'))
  if (!bytes.every((each, index) => each.length > 0 && each.toString('base64url') === parts[index])) return undefined
  const header = readObject(bytes[0]!)
  const payload = readObject(bytes[1]!)
  return header && payload && { header, payload }
}

const readObject = (bytes: Buffer): Record<string, unknown> | undefined => {
  try {
    const text = utf8.decode(bytes)
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    // In valid JSON every key is followed by one colon outside of strings; JSON.parse keeps one of equal keys.
    const written = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '').split(':').length - 1
    return written === countKeys(value) ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

const countKeys = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 0
  const inner = Object.values(value).reduce<number>((sum, each) => sum + countKeys(each), 0)
  return Array.isArray(value) ? inner : inner + Object.keys(value).length
}
