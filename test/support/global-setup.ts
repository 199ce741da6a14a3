/**
 * vitest's globalSetup: answers workers that ask for a PostgreSQL cluster, and starts it for the first one that does, so
 * that a run without database tests doesn't pay for one. Everything is stopped at the end of the run.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestProject } from 'vitest/node'
import { startCluster, type PostgresEngine, type StartedCluster } from './test-clusters.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The unix socket at which `GET /embedded` and `GET /server` answer with a `TestCluster`, and `…/quiet` with another. */
    clusterDesk: string
  }
}

const isEngine = (name: string | undefined): name is PostgresEngine => name === 'embedded' || name === 'server'

export default async function setup(project: Pick<TestProject, 'provide'>): Promise<() => Promise<void>> {
  const clusters = new Map<string, Promise<StartedCluster>>()
  const clusterOf = (engine: PostgresEngine, name: string): Promise<StartedCluster> => {
    const found = clusters.get(name) ?? startCluster(engine)
    clusters.set(name, found)
    return found
  }

  const desk = createServer(async (request, response) => {
    const name = request.url?.slice(1) ?? ''
    const [engine] = name.split('/')
    try {
      if (!isEngine(engine)) throw new Error(`TEST_POSTGRES must be embedded or server, not ${engine}.`)
      response.end(JSON.stringify(await clusterOf(engine, name)))
    } catch (error) {
      response.writeHead(500).end((error as Error).stack)
    }
  })
  const folder = await mkdtemp(path.join(tmpdir(), 'parlance-test-desk-'))
  const socket = path.join(folder, 'desk')
  await new Promise<void>((resolve, reject) => desk.once('error', reject).listen(socket, resolve))
  project.provide('clusterDesk', socket)

  return async () => {
    desk.closeAllConnections()
    desk.close()
    const started = await Promise.allSettled(clusters.values())
    await Promise.all(started.flatMap((result) => (result.status === 'fulfilled' ? [result.value.stop()] : [])))
    await rm(folder, { recursive: true, force: true })
  }
}
