/** Cursors of the list of training conversations: a place in one order, opaque to clients. */
import * as contract from '#contract/training/index.ts'
import type { TrainingPlace } from '../../features/training/index.ts'
import { unknownCursor } from '../shared/cursor.ts'

export const writeTrainingPlace = ({ sort, direction, key, id }: TrainingPlace): string =>
  Buffer.from([sort, direction, id, key].join('\n')).toString('base64url')

/** What a sort goes by, as the store writes it; nothing that PostgreSQL would refuse. */
const KEYS: Readonly<Record<contract.TrainingSort, RegExp>> = {
  created_at: /^\d{1,17}$/,
  quality_score: /^(?:-1|\d{1,2}(?:\.\d{1,7})?)$/,
  turn_count: /^\d{1,9}$/,
  title: /^[^\0]{0,1000}$/u,
}

/** Fails with `request.invalid` for anything that `writeTrainingPlace` does not write. */
export const readTrainingPlace = (cursor: string): TrainingPlace => {
  const [sortName, direction, id, ...rest] = Buffer.from(cursor, 'base64url').toString().split('\n')
  const sort = contract.trainingSort.safeParse(sortName).data
  const key = rest.join('\n')
  const isPlace =
    sort !== undefined &&
    (direction === 'asc' || direction === 'desc') &&
    /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id ?? '') &&
    KEYS[sort].test(key)
  if (!isPlace) throw unknownCursor()
  return { sort, direction, key, id: id! }
}
