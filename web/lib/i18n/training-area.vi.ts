/** Vietnamese words that are loaded with the pages of the Training area. */
import type { CatalogueOf } from './catalogue.ts'
import { datasets } from './datasets.vi.ts'
import { generate } from './generate.vi.ts'
import type { trainingArea as english } from './training-area.en.ts'
import { training } from './training.vi.ts'

export const trainingArea: CatalogueOf<typeof english> = { training, generate, datasets }
