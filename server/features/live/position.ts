/** Where a reader stands in the log of team events; pure. */

/** Both together, for the numbers of events become visible out of order: see `team_events` in the schema. */
export interface Position {
  readonly transaction: number
  readonly eventId: number
}

/** `1234.56`: what `id:` and `Last-Event-ID` carry. */
export const formatPosition = ({ transaction, eventId }: Position): string => `${transaction}.${eventId}`

/** Undefined for anything else. */
export const parsePosition = (text: string): Position | undefined => {
  const match = /^(\d{1,15})\.(\d{1,15})$/.exec(text)
  return match === null ? undefined : { transaction: Number(match[1]), eventId: Number(match[2]) }
}

export const isAfter = (one: Position, other: Position): boolean =>
  one.transaction > other.transaction || (one.transaction === other.transaction && one.eventId > other.eventId)
