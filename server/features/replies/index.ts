/** The front door of the slice: asking models, following what they write, and which models there are. */
export type { Answered } from './answer-at-once.ts'
export {
  DEMO,
  type LocalModels,
  makeResolveModel,
  type ModelChoice,
  type ModelSources,
  PLACEHOLDER,
  parseChoice,
} from './choose-model.ts'
export { collectText } from './collect-text.ts'
export type { LanguageModel, ModelEvent, ModelInfo, ModelProvider, ModelTurn, StreamOptions } from './language-model.ts'
export type { ChoiceGroup } from './list-choices.ts'
export type { Liveness } from './reap-replies.job.ts'
export { type Replies, startReplies } from './replies.ts'
export {
  formatPosition,
  isEnded,
  type Position,
  parsePosition,
  type Reply,
  type ReplyEvent,
  type ReplyProgress,
} from './reply.ts'
export type { Reader } from './reply-feeds.ts'
export type { Asked } from './reply-store.ts'
export { pgReplyStore } from './reply-store.pg.ts'
