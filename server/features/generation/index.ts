/** The front door of the slice: training conversations that models write, one or many, within a cost that is not exceeded. */
export { pgCallQueue } from './call-queue.pg.ts'
export type { GeneratedOne } from './generate-one.ts'
export { type GenerationCall, type GenerationRun, secondsLeft } from './generation.ts'
export type { CheckedConversation } from './get-validation-report.ts'
export { pgGenerationStore } from './generation-store.pg.ts'
export { type Generation, startGeneration } from './start-generation.ts'
