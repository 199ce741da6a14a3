/** Cursors of file listings: `sort.id.key`, opaque to clients. The key of a name is at most 255 characters of UTF-8. */
import { isStorableText } from '#contract/shapes.ts'
import type { FilePlace } from '../../features/files/index.ts'
import { unknownCursor } from '../shared/cursor.ts'

export const writeFilePlace = ({ sort, key, id }: FilePlace): string =>
  Buffer.from(`${sort}.${id}.${key instanceof Date ? key.getTime() : key}`).toString('base64url')

/** Fails with `request.invalid` for what no page could have given. */
export const readFilePlace = (cursor: string): FilePlace => {
  const text = Buffer.from(cursor, 'base64url').toString()
  const match = /^(newest|oldest|name|largest|smallest)\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(.*)$/s.exec(
    text,
  )
  if (match === null) throw unknownCursor()
  const [sort, id, key] = match.slice(1) as [FilePlace['sort'], string, string]
  if (sort === 'name') {
    if (!isStorableText(key)) throw unknownCursor()
    return { sort, key, id }
  }
  if (!/^\d{1,15}$/.test(key)) throw unknownCursor()
  return sort === 'newest' || sort === 'oldest'
    ? { sort, key: new Date(Number(key)), id }
    : { sort, key: Number(key), id }
}
