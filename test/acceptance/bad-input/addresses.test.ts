/** Everything before the body: methods, addresses, ids, queries and headers that no endpoint should fall for. */
import { METHODS } from 'node:http'
import { channel } from 'node:diagnostics_channel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer, Ask } from './client.ts'
import { ask } from './client.ts'
import { acceptorOf, idsIn, type JsonSchema, type Operation, operations, parametersIn } from './document.ts'
import { bearer, freshRequestFor, idFor, pathFor, queryOf, requestFor, sampleOf } from './samples.ts'
import { type Belongings, openWorld, type World } from './world.ts'

let world: World
let owner: Belongings
let other: Belongings
let before: Record<string, string>

interface Route {
  readonly method: string | readonly string[]
  readonly url: string
}
const routes: Route[] = []
// Fastify announces each server before it has routes; the program itself gives nothing of the kind away.
const collectRoutes = (message: unknown): void => {
  const { fastify } = message as { fastify: { addHook(name: 'onRoute', hook: (route: Route) => void): void } }
  fastify.addHook('onRoute', (route) => void routes.push(route))
}

beforeAll(async () => {
  channel('fastify.initialization').subscribe(collectRoutes)
  world = await openWorld()
  channel('fastify.initialization').unsubscribe(collectRoutes)
  owner = await world.newOwner()
  other = await world.newOwner()
  before = await world.snapshot()
})
afterAll(() => world.close())

const reading = (operation: Operation, path: string): Ask => ({
  ...requestFor(operation, owner),
  path,
})

const surprises = async (
  operation: Operation | undefined,
  cases: readonly (readonly [why: string, request: Ask, expected: readonly number[]])[],
): Promise<string[]> => {
  const found: string[] = []
  for (const [why, request, expected] of cases) {
    const { status, text } = await world.probe(request, operation)
    if (!expected.includes(status)) found.push(`${why}: ${status}, not ${expected.join(' or ')}: ${text.slice(0, 200)}`)
  }
  return [...found, ...world.takeFaults()]
}

const named = (list: readonly Operation[]) =>
  list.map((operation) => ({ operation, name: `${operation.method} ${operation.path}` }))
const paths = [...new Set(operations.map(({ path }) => path))]
/** Also those that take the last step of the path for an id. */
const methodsAt = (path: string): string[] =>
  operations
    .filter((each) => new RegExp(`^${each.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path))
    .map(({ method }) => method)

describe('what is served', () => {
  const anonymous = (route: string): string => route.replaceAll(/\{\w+\}|:\w+/g, '{}')
  const documented = operations.map(({ method, path }) => anonymous(`${method} ${path}`))
  const served = () =>
    routes
      .flatMap(({ method, url }) => [method].flat().map((each) => anonymous(`${each} ${url}`)))
      .filter((route) => !route.startsWith('HEAD '))

  it('is everything that the document names', () => {
    expect(served()).toEqual(expect.arrayContaining(documented))
  })

  it('is nothing else but health, signed links and the files of the page', () => {
    const extra = served().filter((route) => !documented.includes(route))
    expect(
      extra.filter(
        (route) =>
          !/^GET \/(health|storage\/v1\/object\/sign\/\*)$/.test(route) &&
          !/^GET \/((assets\/)?[\w.-]+\.\w+)?$/.test(route),
      ),
    ).toEqual([])
  })
})

describe.each(paths.map((path) => ({ path })))('$path', ({ path }) => {
  const operation = operations.find((each) => each.path === path)!

  it('refuses every method that it does not have, and says which it has', async () => {
    const has = methodsAt(path)
    // A stream has no end, and HEAD would have to tell its length; what can be had once would be lost with its head.
    const hasHead = !operation.isStream && !operation.isOnce
    const allowed = has.flatMap((method) => (method === 'GET' && hasHead ? ['GET', 'HEAD'] : [method]))
    // CONNECT is for proxies and never gets this far.
    for (const method of METHODS.filter((each) => each !== 'CONNECT' && !allowed.includes(each))) {
      const answer = await world.probe({ method, path: pathFor(operation, owner), headers: bearer(owner) })
      expect(`${method} ${answer.status}`).toBe(`${method} 405`)
      expect(answer.headers.allow?.split(', ').toSorted(), method).toEqual(allowed.toSorted())
    }
    expect(world.takeFaults()).toEqual([])
  })

  it('does not take another method from a header', async () => {
    const reads = operations.find((each) => each.path === path && each.method === 'GET')
    if (reads === undefined || reads.isStream) return
    for (const header of ['x-http-method-override', 'x-http-method', 'x-method-override']) {
      const request = await freshRequestFor(reads, owner)
      const answer = await world.probe({ ...request, headers: { ...request.headers, [header]: 'DELETE' } }, reads)
      expect(answer.status).toBe(reads.success)
    }
    expect(world.takeFaults()).toEqual([])
  })
})

describe.each(named(operations.filter(({ method, isStream, isOnce }) => method === 'GET' && !isStream && !isOnce)))(
  '$name',
  ({ operation }) => {
    it('answers HEAD as it answers GET, without a body', async () => {
      const request = requestFor(operation, owner)
      const get = await world.probe(request, operation)
      const head = await world.probe({ ...request, method: 'HEAD' }, operation)
      expect([head.status, head.headers['content-type'], head.text]).toEqual([
        get.status,
        get.headers['content-type'],
        '',
      ])
      expect(world.takeFaults()).toEqual([])
    })
  },
)

describe.each(named(operations.filter(({ method }) => method === 'GET')))('$name', ({ operation }) => {
  it('does not mind headers that mean nothing to it', async () => {
    const oddities: Record<string, string | string[]>[] = [
      { 'last-event-id': "1' or 1=1" },
      { 'last-event-id': '99999999999999999999.99999999999999999999' },
      { 'last-event-id': '-1.-1' },
      { 'last-event-id': '9007199254740993.0' },
      { 'last-event-id': '2147483648.2147483648' },
      { 'last-event-id': 'x'.repeat(5000) },
      { 'user-agent': 'ÿ'.repeat(5000) },
      { 'user-agent': '' },
      { accept: '*/*;q=\u0080' },
      { accept: 'nothing/known' },
      { 'accept-encoding': 'gzip;q=0, *;q=0' },
      { 'accept-language': 'x'.repeat(5000) },
      { range: 'bytes=0-0,-1,5-2' },
      { 'if-none-match': '*' },
      { 'if-modified-since': 'yesterday' },
      { 'x-forwarded-for': '127.0.0.1, ::1, junk' },
      { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'javascript' },
      { 'x-user-id': other.person.id },
      { 'x-request-id': 'a\'"<b>' },
      { origin: 'null' },
      { referer: 'http://evil.example/' },
      { cookie: '=; ;; a; =b; parlance_session' },
      { cookie: 'x'.repeat(8000) },
      { upgrade: 'websocket', connection: 'Upgrade' },
      { 'content-type': 'application/json' },
      { te: 'trailers' },
      { 'x-accel-redirect': '/etc/passwd', 'x-sendfile': '/etc/passwd' },
      { host: 'evil.example' },
      { host: "'" },
      { host: '' },
    ]
    // To files these two mean something.
    const isFile = operation.replies.get(operation.success)!.mediaType === '*/*'
    const expected = isFile ? [200, 206, 304] : [operation.success]
    // Where a cookie says who is asking, odd ones come beside it.
    const beside = (odd: (typeof oddities)[number]) =>
      operation.wantsSession && 'cookie' in odd ? { cookie: `${owner.session.cookie}; ${String(odd['cookie'])}` } : odd
    const cases = await Promise.all(
      oddities.map(async (odd) => {
        const request = await freshRequestFor(operation, owner)
        return [
          JSON.stringify(odd).slice(0, 60),
          { ...request, headers: { ...request.headers, ...beside(odd) } },
          'range' in odd || 'if-none-match' in odd ? expected : [operation.success],
        ] as const
      }),
    )
    expect(await surprises(operation, cases)).toEqual([])
  })
})

describe.each(named(operations.filter((operation) => parametersIn(operation, 'path').length > 0)))(
  '$name',
  ({ operation }) => {
    const parameters = parametersIn(operation, 'path')
    const ids = idsIn(operation)
    const withId = (name: string, id: string): string =>
      pathFor({ ...operation, path: operation.path.replace(`{${name}}`, '\0') }, owner).replace('\0', id)

    it('refuses what is no id of its kind, in every place', async () => {
      const right = owner.ids['conversations']!
      const strangers = [
        'x',
        '0',
        '-1',
        '1e9',
        'null',
        'undefined',
        '[object%20Object]',
        '%20',
        '%7Bid%7D',
        "'",
        "';drop%20table%20users;--",
        '%00',
        `${right}%00`,
        `%00${right}`,
        `${right}%20`,
        `%20${right}`,
        `${right}%0A`,
        `${right}x`,
        right.slice(1),
        right.replaceAll('-', ''),
        right.replace(/.$/, 'g'),
        `{${right}}`,
        `%7B${right}%7D`,
        `urn:uuid:${right}`,
        `${right},${right}`,
        '00000000-0000-0000-0000-00000000000',
        '00000000-0000-1000-8000-000000000000',
        'C0000000000000000000000000',
        'czzzzzzzzzzzzzzzzzzzzzzzzz',
        'ckopqwooh000001la8mbi2im9',
        encodeURIComponent('🙂'),
        encodeURIComponent('１'.repeat(36)),
        '%E2%80%AE',
        '__proto__',
        'constructor',
        '*',
        '..;',
        '..%2f',
        '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
        '%2f',
        '%5c..%5c',
        '%',
        '%zz',
        '%ff',
        '%c0%af',
        '%ed%a0%80',
        'a'.repeat(200),
        'a'.repeat(201),
        'a'.repeat(5000),
        '%61'.repeat(1000),
      ]
      // Turns are counted, and 0 is one that may be there.
      const isRight = (schema: JsonSchema, value: string) => value === '0' && schema['minimum'] === 0
      const cases = parameters.flatMap(({ name, schema }) =>
        strangers
          .filter((value) => !isRight(schema, value))
          .map(
            (id) =>
              [
                `${name} = ${id.slice(0, 50)}`,
                reading(operation, withId(name, id)),
                // What has the form of a format, and no engine makes it, is refused like the rest.
                statusesFor(id, schema, name === 'format' ? 400 : 404),
              ] as const,
          ),
      )
      expect(await surprises(operation, cases)).toEqual([])
    })

    it("does not find what is nobody's, and never what is of another kind", async () => {
      const nobodys = ['00000000-0000-4000-8000-000000000000', 'ffffffff-ffff-4fff-bfff-ffffffffffff', owner.person.id]
      const cases = ids.flatMap(({ name, schema }) => {
        // A file was an upload once, and may be asked for as one.
        const isUpload = operation.path.startsWith('/api/files/uploads/{')
        // Its owner is in the group, as the member is whom the path names.
        const right = [
          ...(name === 'personId' ? [owner.person.id] : []),
          ...(isUpload ? [owner.ids['files']] : []),
          // Not the one that was taken, but one that could have been.
          ...(operation.path.includes('/redactions') ? [owner.ids['training conversations']] : []),
          idFor(operation, name, owner),
          ...(servesEveryConversation(operation) ? conversationsOf(owner) : []),
          ...(readsTraining(operation) ? [owner.ids['training conversations']!] : []),
          ...(name === 'messageId' ? [owner.ids['answers']!] : []),
        ]
        return (
          [...nobodys, ...Object.values(owner.ids)]
            // What does not even have the form of an id is tried above.
            .filter((id) => !right.includes(id) && acceptorOf(schema).safeParse(id).success)
            .map((id) => [`${name} = ${id}`, reading(operation, withId(name, id)), [404]] as const)
        )
      })
      expect(await surprises(operation, cases)).toEqual([])
    })

    it("keeps what is somebody else's", async () => {
      const cases = ids.map(
        ({ name }) =>
          [name, reading(operation, withId(name, idFor(operation, name, other))), notYours(operation, name)] as const,
      )
      expect(await surprises(operation, cases)).toEqual([])
    })
  },
)

/** 403 where the contract promises it for what exists, conversations and the bytes of files; else 404. */
const notYours = ({ surface, path, method }: Operation, parameter: string): number[] => {
  const isConversation = path.includes(`conversations/{${parameter}}`)
  const isFile = method === 'GET' && path.startsWith('/api/files/{')
  const isDownload = surface === 'training' && path.endsWith('/download') && isConversation
  return (surface === 'messages' && (isConversation || isFile)) || isDownload ? [403] : [404]
}

/** Whether conversations with a model and with people are one to it: messages and files of any, and replies of models. */
const servesEveryConversation = ({ path }: Operation): boolean =>
  /^\/api\/(app|v1\/chat)\/conversations\/\{id\}\/(events|stream|replies\/current)$/.test(path) ||
  /^\/api\/conversations\/\{\w+\}\/(messages|files|files\/senders)$/.test(path) ||
  /^\/api\/training\/sources\/\{\w+\}\/(preview|take)$/.test(path)

/** Whether its owner may read a training conversation there too (contracts, decision 1). */
const readsTraining = ({ method, path }: Operation): boolean =>
  (method === 'GET' || path.endsWith('/replies/current')) &&
  /^\/api\/((app\/)?conversations\/\{\w+\}|v1\/chat\/conversations\/\{id\}\/stream$)/.test(path)

const conversationsOf = ({ ids }: Belongings): string[] => [ids['conversations']!, ids['team conversations']!]

/** `wellFormed` for what has the right form, 404 for what is no single step of a path; else 400. */
const statusesFor = (id: string, schema: JsonSchema, wellFormed: number): number[] => {
  let step: string
  try {
    step = decodeURIComponent(id)
  } catch {
    return [404]
  }
  if (acceptorOf(schema).safeParse(step).success) return [wellFormed]
  // Whether a step of more than 200 characters is looked at is the router's choice.
  return step.length > 200 || id.length > 200 ? [400, 404] : [400]
}

describe.each(named(operations.filter((operation) => queryOf(operation).length > 0)))('$name', ({ operation }) => {
  const asking = (query: string): Ask => reading(operation, pathFor(operation, owner, `?${query}`))
  const [[first, firstSchema] = ['', {}]] = queryOf(operation)
  const right = encodeURIComponent(String(sampleOf(firstSchema)))

  it('refuses numbers that are none, and numbers out of bounds', async () => {
    const strangers = [
      '',
      '%20',
      '+',
      'x',
      'NaN',
      'Infinity',
      '-Infinity',
      '1.5',
      '50.0',
      '5e1',
      '0x32',
      '0b11',
      '50n',
      '5_0',
      '5%200',
      '50%00',
      '%0050',
      '%2B50',
      '٥٠',
      '５０',
      '50,60',
      '[]',
      'true',
      'null',
      "50'",
      '50;',
      '9'.repeat(20),
      '9'.repeat(5000),
      '-1',
      '-0000000001',
      '99999999999999999999999',
      '%ff',
      '%',
      '%zz',
    ]
    const numbers = queryOf(operation).filter(([, schema]) => schema['type'] === 'integer')
    const cases = numbers.flatMap(([name, { minimum, maximum }]) =>
      [...strangers, minimum - 1, maximum + 1].map(
        (value) =>
          [`${name}=${value}`, asking(`${name}=${encodeURI(String(value)).replaceAll('%25', '%')}`), [400]] as const,
      ),
    )
    expect(await surprises(operation, cases)).toEqual([])
  })

  it('refuses ids that are none', async () => {
    const strangers = ['x', '%00', "'", '00000000-0000-1000-8000-00000000000', '%ff', 'é', 'a'.repeat(3000)]
    // A text in which something must be left after trimming has a pattern too.
    const ids = queryOf(operation).filter(([, { pattern }]) => pattern !== undefined && pattern !== String.raw`\S`)
    const cases = ids.flatMap(([name]) =>
      strangers.map(
        (value) => [`${name}=${value}`, asking(`${name}=${encodeURI(value).replaceAll('%25', '%')}`), [400]] as const,
      ),
    )
    expect(await surprises(operation, cases)).toEqual([])
  })

  it('takes text that names nothing for what it is', async () => {
    const oddities = [
      '',
      '%00',
      '%F0%9F%99%82',
      '%ff%fe',
      '%ed%a0%80',
      '%',
      '%zz',
      "'",
      '%22',
      '%0d%0aset-cookie:a=b',
      '%0d%0adata:x',
      'MTIzLjAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMA',
      Buffer.from(`999999999999999.${'-'.repeat(36)}`).toString('base64url'),
      Buffer.from(`999999999999999.${'0'.repeat(36)}`).toString('base64url'),
      Buffer.from('999999999999999.00000000-0000-0000-0000-000000000000').toString('base64url'),
      Buffer.from('0.00000000-0000-0000-0000-000000000000').toString('base64url'),
      '1.0',
      '0.end',
      '1.end',
      '99999999999999999999.0',
      '2147483648.0',
      '0.2147483648',
      '9007199254740992.9007199254740992',
      '-1.-1',
      'x'.repeat(100),
      'x'.repeat(101),
      'x'.repeat(501),
      'x'.repeat(10_000),
    ]
    const texts = queryOf(operation).filter(
      ([, schema]) => schema['type'] === 'string' && schema['pattern'] === undefined,
    )
    // 401: a ticket that opens nothing, or a token.
    const cases = texts.flatMap(([name]) =>
      oddities.map((value) => {
        const request = asking(`${name}=${value}`)
        const isTicket = name === 'ticket'
        return [
          `${name}=${value.slice(0, 60)}`,
          isTicket ? { ...request, headers: {} } : request,
          isTicket || operation.isOnce ? [401, 400] : [200, 400],
        ] as const
      }),
    )
    expect(await surprises(operation, cases)).toEqual([])
  })

  it('refuses a key twice, and keys that it does not know', async () => {
    const queries = [
      `${first}=${right}&${first}=${right}`,
      `${first}=${right}&%${first.charCodeAt(0).toString(16)}${first.slice(1)}=${right}`,
      `${first}[]=${right}`,
      `${first}[0]=${right}`,
      `${first}[a]=1`,
      `${first}.a=1`,
      `${first.toUpperCase()}=${right}`,
      '%00=1',
      '=1',
      '__proto__=1',
      '__proto__[a]=1',
      'constructor=1',
      'constructor[prototype][a]=1',
      'extra=1',
      `extra=${'x'.repeat(10_000)}`,
      Array.from({ length: 2000 }, (_, index) => `k${index}=1`).join('&'),
    ]
    const cases = queries.map((query) => [query.slice(0, 60), asking(query), [400]] as const)
    expect(await surprises(operation, cases)).toEqual([])
  })

  it('refuses parameters that do not go together', async () => {
    const cases = parametersIn(operation, 'query').flatMap(({ name, schema, notWith }) =>
      notWith.map((other) => {
        const otherSchema = queryOf(operation).find(([each]) => each === other)![1]
        const query = `${name}=${String(sampleOf(schema))}&${other}=${String(sampleOf(otherSchema))}`
        return [query, asking(query), [400]] as const
      }),
    )
    expect(await surprises(operation, cases)).toEqual([])
  })
})

it('answers 404 where there is nothing, in the shape of the surface', async () => {
  const nowhere = [
    '/api',
    '/api/',
    '/api/nothing',
    '/api/v1',
    '/api/v1/',
    '/api/v1/chat',
    '/api/v1/nothing',
    '/api//conversations',
    '//api/conversations',
    '/api/conversations/../me',
    '/api/app/../../etc/passwd',
    '/api/%2e%2e/%2e%2e/etc/passwd',
    '/api/app/me/..',
    '/API/CONVERSATIONS',
    '/api/conversations;x=1',
    '/api/conversations%2f',
    '/api/conversations%00',
    '/api/%',
    '/api/%ff',
    '/api/app/%zz',
    '/api/app/me%20',
    `/api/${'a/'.repeat(500)}`,
    `/api/${'a'.repeat(10_000)}`,
    '/.env',
    '/.git/config',
    '/package.json',
    '/assets/../../package.json',
    '/assets/..%2f..%2fpackage.json',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/assets/..%5c..%5cpackage.json',
    '/server/main.ts',
    '/wp-login.php',
    '/%00',
    '/%',
  ]
  for (const path of nowhere) {
    const { status } = await world.probe({ method: 'GET', path, headers: bearer(owner) })
    expect(`${path} ${status}`).toBe(`${path} 404`)
  }
  expect(world.takeFaults()).toEqual([])
})

it('gives strangers the same for an address that is and one that never was, as far as it is theirs to know', async () => {
  const answers: Answer[] = []
  for (const id of [owner.ids['conversations']!, '00000000-0000-4000-8000-000000000000', 'x']) {
    for (const operation of operations.filter(({ isPublic, path }) => !isPublic && path.includes('{'))) {
      const path = operation.path.replaceAll(/\{\w+\}/g, id)
      answers.push(await ask(world.url, { method: operation.method, path }))
    }
  }
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]))
})

it('has stored nothing of all that', async () => {
  expect(await world.snapshot()).toEqual(before)
})

it('is well after all that', async () => {
  expect(await world.ailments()).toEqual([])
})
