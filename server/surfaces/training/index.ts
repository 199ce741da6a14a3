/** Seed 0: training data. It comes later; until then its paths answer 404 in its envelope. */
import type { Surface } from '../shared/surface.ts'
import { trainingEnvelope } from './envelope.ts'

export const trainingSurface = (): Surface => ({ name: 'training', envelope: trainingEnvelope })
