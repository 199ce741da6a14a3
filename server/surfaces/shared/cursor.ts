/** Cursors of lists that are ordered by a moment: opaque to clients, who send back what they were given. */
import { AppError } from '#kernel/errors.ts'

/** A place in a list: after the item of this moment with this id. */
export interface Place {
  readonly at: Date
  readonly id: string
}

export const writeCursor = ({ at, id }: Place): string => Buffer.from(`${at.getTime()}.${id}`).toString('base64url')

/** Fails with `request.invalid` for anything that `writeCursor` does not write. */
export const readCursor = (cursor: string): Place => {
  const match = /^(\d{1,15})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(
    Buffer.from(cursor, 'base64url').toString(),
  )
  if (match === null) throw unknownCursor()
  return { at: new Date(Number(match[1])), id: match[2]! }
}

/** What is said of a cursor that no page gave. */
export const unknownCursor = (): AppError =>
  new AppError('request.invalid', {
    issues: [{ part: 'query', path: ['cursor'], rule: 'format', message: 'must come from an earlier page' }],
  })

/** For lists whose place is an item and no moment: the cursor is its id. Fails with `request.invalid` for anything else. */
export const readIdCursor = (cursor: string): string => {
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(cursor)) throw unknownCursor()
  return cursor
}
