/** What a task of a team conversation is; pure. */

export type TaskStatus = 'open' | 'done'

export interface Task {
  readonly id: string
  readonly conversationId: string
  readonly title: string
  readonly status: TaskStatus
  readonly assignee: TaskPerson | null
  /** A day, YYYY-MM-DD. */
  readonly dueOn: string | null
  /** Messages that it is linked to, the one that it was made from first; at most `MAX_NAMED_LINKS`. */
  readonly messageIds: readonly string[]
  /** Null when that person is gone. */
  readonly createdBy: TaskPerson | null
  readonly createdAt: Date
  readonly doneAt: Date | null
}

export interface TaskPerson {
  readonly id: string
  readonly name: string
}

/** How many of its messages a task names. */
export const MAX_NAMED_LINKS = 100
