/** The front door of the slice: real conversations as training data, with consent, redaction and erasure. */
export { pgConsentStore } from './consent-store.pg.ts'
export type { Consent, ConsentQuestion } from './consent-store.ts'
export type { Source } from './list-sources.ts'
export { pgSourceStore } from './source-store.pg.ts'
export type { HeldWords, Place } from './source-store.ts'
export { type Sources, startSources } from './sources.ts'
export type { SourcePreview } from './take-source.ts'
