/** The front door of the slice: conversations that models learn from, their revisions, their files and their review. */
export {
  BUCKET,
  canonicalJson,
  type Criterion,
  CRITERIA,
  type Emotion,
  finalPathOf,
  hashContent,
  parsedRow,
  rawPathOf,
  type ReviewStatus,
  type Scaffolding,
  type Scene,
  type Tier,
  type ToolCall,
  type ToolDefinition,
  type TrainingContent,
  type TrainingRow,
  type TrainingTurn,
  type TurnRole,
  type UnparsedRow,
} from './content.ts'
export { type ConsultantProfile, fileScore, finalFileOf, profileInFile, STARTER_PROFILE } from './final-file.ts'
export type {
  NewRevision,
  NewTraining,
  Origin,
  ParseMethod,
  ProcessingStatus,
  RevisionReason,
  Scores,
  TrainingFilter,
  TrainingPlace,
  TrainingRecord,
  TrainingStore,
} from './training-store.ts'
export { type GiveLink, LINK_SECONDS } from './download.ts'
export type { LogEntry, LogFilter, TrainingAction } from './log-line.ts'
export { logLine, pgLogStore } from './log-store.pg.ts'
export { makeTrainingDownloads, type TrainingDownloads } from './training-downloads.ts'
export { makeTrainingDesk, type TrainingDesk } from './training-desk.ts'
export {
  pgTrainingStore,
  toUnparsedRow,
  trainingMatches,
  trainingRowColumns,
  type TrainingRowRecord,
} from './training-store.pg.ts'
export { type CountTokens, makeTrainings, type Trainings } from './trainings.ts'
export { startWritingFiles } from './write-files.job.ts'
