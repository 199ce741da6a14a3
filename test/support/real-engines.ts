/** The engines of this machine, for tests that convert real files. Suites with such tests need `engines`. */
import { openEngines } from '#server/adapters/engines/index.ts'
import { openSandbox } from '#server/adapters/engines/sandbox.ts'
import type { Engine } from '#server/features/conversion/engine.ts'

export const realEngines = (): readonly Engine[] => openEngines(openSandbox())
