/** The dependency rule, broken on purpose: a guard that nobody tests stops guarding. */
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkDependencyRule } from './dependency-rule.ts'
import { readTree } from './dependency-tree.ts'

const aliases = {
  '#contract/*': './contract/*',
  '#kernel/*': './server/kernel/*',
  '#server/*': './server/*',
  '#db/*': './db/*',
  '#test/*': './test/*',
}

/** Files that every case may import. */
const ground = {
  'contract/app/user.ts': 'export interface User {}',
  'server/kernel/clock.ts': 'export interface Clock {}',
  'server/features/files/index.ts':
    "export { makeStoreFile } from './store-file.ts'\nexport { pgFileStore } from './file-store.pg.ts'",
  'server/features/files/store-file.ts': 'export const makeStoreFile = () => {}',
  'server/features/files/file-store.ts': 'export interface FileStore {}\nexport const limit = 1',
  'server/features/files/file-store.pg.ts': 'export const pgFileStore = () => {}',
  'server/features/messages/index.ts': 'export {}',
  'server/surfaces/shared/identify.ts': 'export const identify = () => {}',
  'server/surfaces/messages/routes.ts': 'export const routes = () => {}',
  'server/adapters/postgres/door.ts': 'export const door = () => {}',
  'server/adapters/blobs/disk.ts': 'export const disk = () => {}',
  'server/adapters/blobs/for-tests.ts': 'export const disk = () => {}',
  'server/config.ts': 'export const config = process.env',
  'server/compose.ts': 'export {}',
  'server/listener.ts': 'export {}',
  'db/statement.ts': "import { sql } from 'kysely'\nexport const statement = sql",
  'web/app/router.tsx': 'export {}',
  'web/features/chat/composer.tsx': 'export const Composer = () => <b />',
  'web/ui/button.tsx': 'export {}',
  'web/lib/api.ts': 'export {}',
  'test/support/start.ts': 'export {}',
  'scripts/start.ts': 'export {}',
  'bench/main.ts': 'export {}',
}

const sentences = (files: Record<string, string>): string[] =>
  checkDependencyRule(new Map(Object.entries({ ...ground, ...files })), aliases).map(({ sentence }) => sentence)

const feature = 'server/features/messages/post-message.ts'
const store = 'server/features/messages/message-store.pg.ts'
const surface = 'server/surfaces/conversations/routes.ts'
const adapter = 'server/adapters/kv/redis.ts'

describe('what the dependency rule allows', () => {
  it.each([
    ['the ground that the other cases stand on', 'contract/app/file.ts', ''],
    ['a feature imports the kernel', feature, "import type { Clock } from '#kernel/clock.ts'"],
    ['a feature imports its own slice', feature, "import {} from './index.ts'"],
    [
      'a feature enters another slice through its index.ts',
      feature,
      "import { makeStoreFile } from '../files/index.ts'",
    ],
    [
      'a feature computes',
      feature,
      "import { createHash } from 'node:crypto'\nimport path from 'node:path'\nimport { z } from 'zod'",
    ],
    ['a feature makes a date of a number', feature, 'new Date(0)'],
    ['a store builds SQL', store, "import { statement } from '#db/statement.ts'\nimport { sql } from 'kysely'"],
    [
      'a surface imports kernel, contract, shared and a front door',
      surface,
      "import '#kernel/clock.ts'\nimport '#contract/app/user.ts'\nimport '../shared/identify.ts'\nimport { makeStoreFile } from '#server/features/files/index.ts'\nimport fastify from 'fastify'",
    ],
    [
      'an adapter imports the type of a port',
      adapter,
      "import type { FileStore } from '#server/features/files/file-store.ts'",
    ],
    ['an adapter does I/O', adapter, "import fs from 'node:fs'\nimport pg from 'pg'\nDate.now()"],
    ['an adapter passes on where programs are found', adapter, "spawn('x', { env: { PATH: process.env['PATH'] } })"],
    [
      'compose.ts imports everybody',
      'server/compose.ts',
      "import '#server/adapters/blobs/disk.ts'\nimport '#server/surfaces/messages/routes.ts'\nimport { pgFileStore } from '#server/features/files/index.ts'\nimport './config.ts'",
    ],
    [
      'the web app goes down its layers',
      'web/features/chat/list.tsx',
      "import '../../ui/button.tsx'\nimport '../../lib/api'\nimport './list.css'\nimport '#contract/app/user.ts'\nimport 'react'",
    ],
    [
      'a test beside the source imports what it tests and its support',
      'server/adapters/blobs/disk.test.ts',
      "import './for-tests.ts'\nimport '#test/support/start.ts'\nimport '#server/features/files/file-store.pg.ts'",
    ],
    ['a benchmark uses what tests use', 'bench/main.ts', "import '#test/support/start.ts'"],
    ['a benchmark installs its peers as the tests do', 'bench/main.ts', "import '../scripts/start.ts'"],
    ['a script starts the server', 'scripts/dev.ts', "await import('../server/main.ts')", { 'server/main.ts': '' }],
  ] as [string, string, string, Record<string, string>?][])('%s', (_, file, source, more = {}) => {
    expect(sentences({ ...more, [file]: source })).toEqual([])
  })
})

describe('what the dependency rule forbids', () => {
  it.each([
    ['contract/app/file.ts', "import '#kernel/clock.ts'", 'the contract knows nobody'],
    ['contract/app/file.ts', "import 'node:fs'", 'the contract describes shapes'],
    ['server/kernel/ids.ts', "import type { User } from '#contract/app/user.ts'", 'the kernel depends on nothing'],
    ['server/kernel/ids.ts', "import 'node:fs'", 'the kernel does no I/O'],
    ['server/kernel/ids.ts', 'process.env.X', 'only server/config.ts reads the environment'],
    [feature, "import '../files/store-file.ts'", 'entered through its index.ts'],
    [feature, "export type * from '../files/file-store.ts'", 'entered through its index.ts'],
    [feature, "import { pgFileStore } from '../files/index.ts'", 'only compose.ts knows which store'],
    [feature, "import '../files/file-store.pg.ts'", 'a feature knows no SQL'],
    [feature, "import '#contract/app/user.ts'", 'what goes over the wire'],
    [feature, "import '#server/surfaces/shared/identify.ts'", 'a feature knows no HTTP'],
    [feature, "import type { door } from '#server/adapters/postgres/door.ts'", 'a feature knows no adapter'],
    [feature, "import { statement } from '#db/statement.ts'", 'only stores and adapters know db/'],
    [feature, "import '#server/config.ts'", 'only compose.ts and main.ts know the configuration'],
    [feature, "import { readFile } from 'node:fs/promises'", 'does no I/O'],
    [feature, "import net from 'node:net'", 'does no I/O'],
    [feature, "import http from 'http'", 'does no I/O'],
    [feature, "import { randomBytes } from 'node:crypto'", 'neither clock nor randomness'],
    [feature, "import * as crypto from 'node:crypto'", 'neither clock nor randomness'],
    [feature, "import type { Pool } from 'pg'", 'a feature uses only'],
    [feature, "import { sql } from 'kysely'", 'a feature uses only'],
    [feature, "import type { FastifyRequest } from 'fastify'", 'a feature uses only'],
    [feature, "const fs = await import('node:fs')", 'does no I/O'],
    [feature, "type Pool = import('pg').Pool", 'a feature uses only'],
    [feature, "const pg = require('pg')", 'a feature uses only'],
    [feature, 'await import(name)', 'nobody can check where that leads'],
    [feature, 'process.env.X', 'only server/config.ts reads the environment'],
    [feature, 'Date.now()', 'wall clock'],
    [feature, 'new Date()', 'wall clock'],
    [feature, 'Math.random()', 'randomness'],
    [feature, 'crypto.randomUUID()', 'randomness'],
    [feature, "fetch('http://127.0.0.1')", 'network'],
    [store, "import pg from 'pg'", 'a store uses only'],
    [store, "import '#server/adapters/postgres/door.ts'", 'all a store knows of the database is db/'],
    [store, "import '../files/file-store.pg.ts'", 'stores of different slices'],
    [surface, "import '../messages/routes.ts'", 'surfaces never import each other'],
    ['server/surfaces/shared/paging.ts', "import '../messages/routes.ts'", 'what surfaces share knows no surface'],
    [surface, "import '#server/features/files/store-file.ts'", 'entered through its index.ts'],
    [surface, "import { pgFileStore } from '#server/features/files/index.ts'", 'only compose.ts knows which store'],
    [surface, "import '#server/features/files/file-store.pg.ts'", 'a surface knows no SQL'],
    [surface, "import '#server/adapters/blobs/disk.ts'", 'a surface knows no adapter'],
    [surface, "import pg from 'pg'", 'a surface knows no SQL'],
    [surface, "import '../../compose.ts'", 'nobody knows who composes everything'],
    [surface, "import '../../listener.ts'", 'nobody knows who composes everything'],
    [surface, 'const { env } = process', 'only server/config.ts reads the environment'],
    [adapter, "import '#server/surfaces/shared/identify.ts'", 'an adapter knows no surface'],
    [adapter, "import '../blobs/disk.ts'", 'adapters do not know each other'],
    [adapter, "import { limit } from '#server/features/files/file-store.ts'", 'nothing but types'],
    [adapter, "import '#server/config.ts'", 'only compose.ts and main.ts know the configuration'],
    [adapter, "process['env']['REDIS_URL']", 'only server/config.ts reads the environment'],
    [adapter, "import { env } from 'node:process'", 'only server/config.ts reads the environment'],
    [adapter, 'readConfig(process.env)', 'only server/config.ts reads the environment'],
    [adapter, 'globalThis.process.env', 'only server/config.ts reads the environment'],
    ['server/config.ts', "import '#server/adapters/blobs/disk.ts'", 'the configuration knows only the kernel'],
    ['server/main.ts', "import '../web/app/router.tsx'", 'the server does not import the web app'],
    ['server/listener.ts', "import './compose.ts'", 'the socket and the log know only the kernel'],
    ['server/logger.ts', "import './config.ts'", 'the socket and the log know only the kernel'],
    ['server/main.ts', 'process.env.PORT', 'only server/config.ts reads the environment'],
    ['server/main.ts', "import '../scripts/start.ts'", 'the product does not know them'],
    ['server/main.ts', "import '../bench/main.ts'", 'nobody imports a benchmark'],
    ['server/main.ts', "import '#test/support/start.ts'", 'the product does not know its tests'],
    ['server/compose.ts', "import '#server/adapters/blobs/for-tests.ts'", 'the product does not know its tests'],
    ['db/policies.ts', "import '#server/adapters/postgres/door.ts'", 'db/ describes the database'],
    [
      'web/app/main.tsx',
      "import type { Clock } from '../../server/kernel/clock.ts'",
      'the web app never imports the server',
    ],
    ['web/app/main.tsx', "import fs from 'node:fs'", 'the web app runs in a browser'],
    ['web/app/main.tsx', "import pg from 'pg'", 'the web app never imports the server'],
    ['web/lib/cache.ts', "import '../ui/button.tsx'", 'the web app has one direction'],
    ['web/ui/dialog.tsx', "import '../features/chat/composer.tsx'", 'the web app has one direction'],
    ['web/features/chat/list.tsx', "import '../../app/router.tsx'", 'the web app has one direction'],
    ['web/app/main.test.tsx', "import '#kernel/clock.ts'", 'the web app never imports the server'],
    [
      'test/acceptance/messages/post.test.ts',
      "import '#kernel/clock.ts'",
      'an acceptance test knows a URL and nothing else',
    ],
    ['server/compose.ts', "import './nowhere.ts'", 'there is no such file'],
    ['server/compose.ts', "import '@/nowhere.ts'", 'there is no such file'],
    ['server/compose.ts', "import '#elsewhere/x.ts'", 'there is no such file'],
    [
      'server/compose.ts',
      "new Worker(new URL('../scripts/start.ts', import.meta.url))",
      'the product does not know them',
    ],
    ['server/plugins/x.ts', '', 'lies where no rule applies'],
    ['server/helper.ts', '', 'lies where no rule applies'],
    ['server/features/loose.ts', '', 'lies where no rule applies'],
    ['web/stuff/x.ts', '', 'lies where no rule applies'],
    ['lib/x.ts', '', 'lies where no rule applies'],
    ['server/compose.ts', 'import {', 'cannot be parsed'],
  ])('%s: %s', (file, source, reason) => {
    const found = sentences({ [file]: source })
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(file)
    expect(found[0]).toContain(reason)
  })

  it('circles of imports, types included, each told once with its way round', () => {
    expect(
      sentences({
        'server/features/messages/a.ts': "import './b.ts'",
        'server/features/messages/b.ts': "import type {} from './c.ts'",
        'server/features/messages/c.ts': "export * from './a.ts'",
      }),
    ).toEqual([
      'server/features/messages/a.ts imports itself in a circle: server/features/messages/a.ts → server/features/messages/b.ts → ' +
        'server/features/messages/c.ts → server/features/messages/a.ts. No cycles: move what both need into a file of its own.',
    ])
  })

  it('says in one sentence where, what, which rule, and what to do instead', () => {
    expect(sentences({ [surface]: "\nimport '../messages/routes.ts'" })).toEqual([
      'server/surfaces/conversations/routes.ts:2 imports server/surfaces/messages/routes.ts: surfaces never import each other. ' +
        'Move what both need to server/surfaces/shared/ or into a feature.',
    ])
  })
})

it('this project keeps the dependency rule', () => {
  const { tree, aliases } = readTree(path.resolve(import.meta.dirname, '../..'))
  expect(tree.has('server/kernel/errors.ts')).toBe(true)
  expect(checkDependencyRule(tree, aliases)).toEqual([])
})
