/** Tells vitest about the suites of `scripts/test/suites.ts`; what their tests need is started by test/support/. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { defineConfig } from 'vitest/config'
import { suites } from './scripts/test/suites.ts'

/** Where processes that tests start find what Node has made of their source before: a server is up in two thirds of the time. */
const compiled = path.join(import.meta.dirname, 'node_modules/.cache/compiled')

const globalSetup = path.join(import.meta.dirname, 'test/support/global-setup.ts')

export default defineConfig({
  test: {
    // Two cores are the measure: more workers would only make each other's time limits fire.
    maxWorkers: 2,
    ...(existsSync(globalSetup) ? { globalSetup } : {}),
    projects: suites.map(({ name, include, exclude, limit, env }) => ({
      test: {
        name,
        include: [...include],
        ...(exclude ? { exclude: [...exclude] } : {}),
        environment: 'node',
        testTimeout: limit,
        // A busy machine is no failure: what is waited for may take as long as a test may.
        expect: { poll: { timeout: Math.min(limit, 20_000) } },
        hookTimeout: Math.max(limit, 60_000),
        env: { NODE_COMPILE_CACHE: compiled, ...env },
      },
    })),
  },
})
