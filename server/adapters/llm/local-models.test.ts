/** Looking around on this computer: who counts as a model server, for how long, and what is never done. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type ScriptedProvider, startScriptedProvider } from '#test/support/scripted-provider/scripted-provider.ts'
import { localModels } from './local-models.ts'

let first: ScriptedProvider
let second: ScriptedProvider
beforeAll(async () => {
  first = await startScriptedProvider()
  second = await startScriptedProvider()
})
afterEach(() => {
  first.reset()
  second.reset()
})
afterAll(() => Promise.all([first.close(), second.close()]))

const movableClock = () => {
  let at = 0
  return { now: () => new Date(at), pass: (ms: number) => void (at += ms) }
}
const both = () => [
  { name: 'One', baseUrl: first.url },
  { name: 'Two', baseUrl: second.url },
]
const listOf = (...ids: string[]) => ({ body: { object: 'list', data: ids.map((id) => ({ id, object: 'model' })) } })

/** Nothing happens in this process for so many milliseconds, as on a machine that has too much to do. */
const holdUp = (ms: number) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

describe('local models', () => {
  it('are those of every server that answers, in the order of the candidates', async () => {
    first.scriptModels(listOf('a', 'b'))
    second.scriptModels(listOf('c'))
    expect(await localModels({ clock: movableClock(), candidates: both() }).find()).toEqual([
      {
        name: 'One',
        baseUrl: first.url,
        models: [
          { id: 'a', name: 'a' },
          { id: 'b', name: 'b' },
        ],
      },
      { name: 'Two', baseUrl: second.url, models: [{ id: 'c', name: 'c' }] },
    ])
    expect(first.requests[0]?.headers).not.toHaveProperty('authorization')
  })

  it('may be none yet, on a server that runs', async () => {
    first.scriptModels({ body: { object: 'list', data: null } })
    const found = await localModels({ clock: movableClock(), candidates: both().slice(0, 1) }).find()
    expect(found).toEqual([{ name: 'One', baseUrl: first.url, models: [] }])
  })

  it('are called after the server that they say they are', async () => {
    first.scriptModels({ body: { object: 'list', data: [{ id: 'a', owned_by: 'llamacpp' }] } })
    const [found] = await localModels({ clock: movableClock(), candidates: both().slice(0, 1) }).find()
    expect(found?.name).toBe('llama.cpp')
  })

  it.each([
    ['answers with a page', { headers: { 'content-type': 'text/html' }, body: Buffer.from('<html>') }],
    ['answers with other JSON', { body: { data: { hello: 'world' } } }],
    ['answers with an empty list of something', { body: { data: [] } }],
    ['answers with a bare list', { body: [{ id: 'user-1' }] }],
    ['wants a key', { status: 401, body: {} }],
    ['hangs up', { drop: true }],
    ['says nothing', { firstByteAfter: 'never' }],
    ['sends half a list', { headers: { 'content-length': '100' }, body: Buffer.from('{"data":[') }],
    ['sends far too much', { body: Buffer.alloc(2_000_000, ' ') }],
  ] as const)('do not include a server that %s, and the others are found all the same', async (_, script) => {
    first.scriptModels(script)
    second.scriptModels(listOf('c'))
    const found = await localModels({ clock: movableClock(), candidates: both() }).find()
    expect(found.map(({ name }) => name)).toEqual(['Two'])
  })

  it('are found though this process is held up for longer than it would wait', async () => {
    first.scriptModels(listOf('a'))
    const finding = localModels({ clock: movableClock(), candidates: both().slice(0, 1) }).find()
    await first.arrived(1)
    holdUp(500)
    expect(await finding).toMatchObject([{ name: 'One' }])
  })

  it('do not include one that is not running', async () => {
    const gone = await startScriptedProvider()
    await gone.close()
    const candidates = [{ name: 'Gone', baseUrl: gone.url }]
    expect(await localModels({ clock: movableClock(), candidates }).find()).toEqual([])
  })

  it('are never looked for where a redirect points', async () => {
    first.scriptModels({ status: 302, headers: { location: `${second.url}/models` }, body: {} })
    expect(await localModels({ clock: movableClock(), candidates: both().slice(0, 1) }).find()).toEqual([])
    expect(second.requests).toEqual([])
  })

  it('are never looked for on another computer', () => {
    for (const baseUrl of [
      'http://192.168.0.1:11434/v1',
      'http://127.0.0.1.example.com/v1',
      'https://127.0.0.1/v1',
      'x',
    ]) {
      expect(() => localModels({ clock: movableClock(), candidates: [{ name: 'Far', baseUrl }] })).toThrow(TypeError)
    }
  })

  it('are looked for once in fifteen seconds, and once for callers at the same moment', async () => {
    const clock = movableClock()
    const local = localModels({ clock, candidates: both().slice(0, 1) })
    await Promise.all([local.find(), local.find()])
    clock.pass(14_999)
    await local.find()
    expect(first.requests).toHaveLength(1)
    clock.pass(1)
    await local.find()
    expect(first.requests).toHaveLength(2)
  })
})
