import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import * as app from '#contract/app/index.ts'
import * as conversations from '#contract/conversations/index.ts'
import * as conversion from '#contract/conversion/index.ts'
import * as messages from '#contract/messages/index.ts'
import * as training from '#contract/training/index.ts'

const promised = new Set(
  [app, conversations, conversion, messages, training]
    .flatMap(Object.values)
    .flatMap((value) =>
      typeof value === 'object' && 'method' in value && 'path' in value ? [`${value.method} ${value.path}`] : [],
    ),
)

const REQUEST = /request<typeof (\w+)>\(\{\s*method: '(\w+)',\s*path: '([^']+)'/g

const sent = globSync('features/**/*.ts', { cwd: import.meta.dirname }).flatMap((file) =>
  [...readFileSync(path.join(import.meta.dirname, file), 'utf8').matchAll(REQUEST)].map(
    ([, , method, address]) => [file, `${method} ${address}`] as const,
  ),
)

it('finds the requests of the page in its sources', () => {
  expect(sent.length).toBeGreaterThan(20)
})

it.each(sent)('%s sends what the contract promises: %s', (_file, request) => {
  expect(promised).toContain(request)
})
