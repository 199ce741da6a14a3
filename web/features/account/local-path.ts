/** Where a person is sent after signing in: only ever a place on this page, whatever the address says. */

export const HOME = '/app/conversations/new'

/**
 * `wanted` when it is a path of this page (with query and hash), `fallback` otherwise.
 * Refuses other sites in every spelling that a browser takes for one: `//host`, `/\host`, control characters in between.
 */
export const localPath = (wanted: unknown, fallback = HOME): string => {
  if (typeof wanted !== 'string' || !wanted.startsWith('/')) return fallback
  // Browsers drop tabs and line breaks from addresses and read a backslash as a slash.
  if (/[\u0000-\u001f\u007f\\]/.test(wanted) || wanted.startsWith('//')) return fallback
  const base = 'http://page.invalid'
  let address: URL
  try {
    address = new URL(wanted, base)
  } catch {
    return fallback
  }
  // Dots are resolved by now: `/.//host` has become `//host`.
  if (address.origin !== base || address.pathname.startsWith('//')) return fallback
  if (address.pathname === '/' || address.pathname.startsWith('/auth/')) return fallback
  return address.pathname + address.search + address.hash
}
