/** Seed 0: training data. Of it there are signed links so far; its other paths answer 404 in its envelope. */
import type { Surface } from '../shared/surface.ts'
import { trainingEnvelope } from './envelope.ts'
import { type LinkRoutesNeeds, registerLinkRoutes } from './links.routes.ts'

export const trainingSurface = (needs: LinkRoutesNeeds): Surface => ({
  name: 'training',
  envelope: trainingEnvelope,
  register: (server) => registerLinkRoutes(server, needs),
})
