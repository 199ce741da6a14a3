/** The front door of the slice: what a message is and how messages are read. */
export type { Message } from './message.ts'
export type { MessageStore } from './message-store.ts'
export { type MessageRow, messageColumns, pgMessageStore, toMessage } from './message-store.pg.ts'
export { type CursorPage, makeListMessagePage, makeListMessages } from './list-messages.ts'
