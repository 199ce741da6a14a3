/** Seed 0: training data, made, reviewed, put into datasets and got out again. */
import type { FastifyInstance } from 'fastify'
import type { Identify } from '../shared/identify.ts'
import { serving } from '../shared/serve.ts'
import type { Surface } from '../shared/surface.ts'
import { type ConversationRoutesNeeds, registerConversationRoutes } from './conversations.routes.ts'
import { type DatasetRoutesNeeds, registerDatasetRoutes } from './datasets.routes.ts'
import { type DownloadRoutesNeeds, registerDownloadRoutes } from './download.routes.ts'
import { trainingEnvelope } from './envelope.ts'
import { type ExportRoutesNeeds, registerExportRoutes } from './exports.routes.ts'
import { type GenerationRoutesNeeds, registerGenerationRoutes } from './generations.routes.ts'
import { type LinkRoutesNeeds, registerLinkRoutes } from './links.routes.ts'
import { registerScaffoldingRoutes, type ScaffoldingRoutesNeeds } from './scaffolding.routes.ts'
import { registerSourcesRoutes, type SourcesRoutesNeeds } from './sources.routes.ts'
import { registerTargetRoutes, type TargetRoutesNeeds } from './targets.routes.ts'

export interface TrainingNeeds
  extends
    ConversationRoutesNeeds,
    DatasetRoutesNeeds,
    DownloadRoutesNeeds,
    ExportRoutesNeeds,
    GenerationRoutesNeeds,
    LinkRoutesNeeds,
    ScaffoldingRoutesNeeds,
    SourcesRoutesNeeds,
    TargetRoutesNeeds {
  /** Of this surface alone: it may know people by a header. */
  readonly identify: Identify
}

export const trainingSurface = (needs: TrainingNeeds): Surface => ({
  name: 'training',
  envelope: trainingEnvelope,
  register: (server) => registerRoutes(server, needs),
})

/** Each area is one line here and one in `TrainingNeeds`. */
const registerRoutes = (server: FastifyInstance, needs: TrainingNeeds): void => {
  const serve = serving(server, { identify: needs.identify })
  registerConversationRoutes(serve, needs)
  registerLinkRoutes(server, needs)
  registerDatasetRoutes(serve, needs)
  registerDownloadRoutes(serve, needs)
  registerExportRoutes(serve, needs)
  registerGenerationRoutes(serve, needs)
  registerScaffoldingRoutes(serve, needs)
  registerSourcesRoutes(serve, needs)
  registerTargetRoutes(serve, needs)
}
