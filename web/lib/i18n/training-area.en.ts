/** English words that are loaded with the pages of the Training area: the first page has no use for them. */
import { datasets } from './datasets.en.ts'
import { generate } from './generate.en.ts'
import { training } from './training.en.ts'

export const trainingArea = { training, generate, datasets }
