/** Everything that people do with the messages, work types and tasks of team conversations, put together. */
import type { Clock } from '#kernel/clock.ts'
import type { NewId } from '#kernel/ids.ts'
import { makeDeleteTeamMessage, makeEditTeamMessage, makeTagMessage } from './change-team-message.ts'
import type { ExplainHidden } from './list-messages.ts'
import { makeGetTeamMessage, makeListPins, makeListStars, makeListTeamMessages } from './list-team-messages.ts'
import { makePinMessage, makeStarMessage, makeUnpinMessage, makeUnstarMessage } from './mark-message.ts'
import { type CallModel, makePostTeamMessage } from './post-team-message.ts'
import type { TaskStore } from './task-store.ts'
import { makeChangeTask, makeCreateTask, makeDeleteTask, makeLinkTask, makeListTasks, makeUnlinkTask } from './tasks.ts'
import type { TeamMessageStore } from './team-message-store.ts'
import type { WorkTypeStore } from './work-type-store.ts'
import { makeChangeWorkType, makeCreateWorkType, makeDeleteWorkType, makeListWorkTypes } from './work-types.ts'

export interface TeamMessagesNeeds {
  readonly store: TeamMessageStore
  readonly workTypes: WorkTypeStore
  readonly tasks: TaskStore
  /** Tells `conversation.forbidden` from `conversation.not_found`. */
  readonly explainHidden: ExplainHidden
  readonly clock: Clock
  readonly newId: NewId
  /** Without it no model is available. */
  readonly callModel?: CallModel
}

export type TeamMessages = ReturnType<typeof makeTeamMessages>

export const makeTeamMessages = (needs: TeamMessagesNeeds) => ({
  list: makeListTeamMessages(needs),
  get: makeGetTeamMessage(needs),
  post: makePostTeamMessage(needs),
  edit: makeEditTeamMessage(needs),
  delete: makeDeleteTeamMessage(needs),
  tag: makeTagMessage(needs),
  pin: makePinMessage(needs),
  unpin: makeUnpinMessage(needs),
  star: makeStarMessage(needs),
  unstar: makeUnstarMessage(needs),
  listPins: makeListPins(needs),
  listStars: makeListStars(needs),
  listWorkTypes: makeListWorkTypes(needs),
  createWorkType: makeCreateWorkType(needs),
  changeWorkType: makeChangeWorkType(needs),
  deleteWorkType: makeDeleteWorkType(needs),
  listTasks: makeListTasks(needs),
  createTask: makeCreateTask(needs),
  changeTask: makeChangeTask(needs),
  deleteTask: makeDeleteTask(needs),
  linkTask: makeLinkTask(needs),
  unlinkTask: makeUnlinkTask(needs),
})
