/** What training conversations are made of: personas, arcs, topics and prompt templates, and how they go together. */
export type { Compatibility } from './compatibility.ts'
export { pgCoverageStore } from './coverage-store.pg.ts'
export type { CellIds, PreparedCell, Selection } from './prepare-cells.ts'
export { PLACEHOLDERS, type PromptTemplate } from './prompt-template.ts'
export type { Arc, ArcDetails, Persona, PersonaDetails, Topic, TopicDetails } from './scaffold.ts'
export { pgScaffoldStore } from './scaffold-store.pg.ts'
export { makeScaffolding, type Scaffoldings } from './scaffoldings.ts'
export { pgTemplateStore } from './template-store.pg.ts'
