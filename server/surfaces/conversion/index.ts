/** Seed 3: file conversion without an account. It comes later; until then its paths answer 404 in its envelope. */
import type { Surface } from '../shared/surface.ts'
import { conversionEnvelope } from './envelope.ts'

export const conversionSurface = (): Surface => ({ name: 'conversion', envelope: conversionEnvelope })
