/** The front door of the slice: what happens in team conversations, told to people as it happens. */
export type { LoggedEvent, Reader as LiveReader, TypingEvent } from './audience.ts'
export { pgEventLog } from './event-log.pg.ts'
export { type Live, startLive } from './live.ts'
export { formatPosition as formatLivePosition } from './position.ts'
