import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { errorCatalogue } from '#kernel/errors.ts'
import { variables } from '#server/config.ts'
import { readContract } from './contract.ts'
import { makeReference, referenceFolder } from './make-reference.ts'

const pages = await makeReference()
const surfaces = await readContract()

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly security: readonly Record<string, unknown>[]
  readonly parameters?: readonly { name: string; in: string; required: boolean; schema: Record<string, unknown> }[]
  readonly requestBody?: { content: Record<string, { schema: Record<string, unknown> }> }
  readonly responses: Record<string, any>
}
const document = JSON.parse(pages.get('openapi.json')!) as {
  paths: Record<string, Record<string, Operation>>
  components: {
    schemas: Record<string, object>
    responses: Record<string, any>
    securitySchemes: Record<string, object>
  }
}
const operations = Object.entries(document.paths).flatMap(([template, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ template, method, operation })),
)
const responseOf = (response: any): any =>
  response.$ref === undefined ? response : document.components.responses[response.$ref.split('/').at(-1)]
const followed = (schema: Record<string, any>): object =>
  schema['$ref'] === undefined ? schema : document.components.schemas[schema['$ref'].split('/').at(-1)]!

describe('docs/reference', () => {
  it.each([...pages.keys()])(
    '%s is what the program makes of it today (to put it right: node scripts/reference/write-reference.ts)',
    (name) => {
      expect(readFileSync(path.join(referenceFolder, name), 'utf8')).toBe(pages.get(name))
    },
  )

  it('has nothing that is not made', () => {
    // What is in `snapshots/` has a test of its own.
    expect(readdirSync(referenceFolder).toSorted()).toEqual([...pages.keys(), 'snapshots'].toSorted())
  })

  it('names every error of the catalogue and every variable', () => {
    for (const code of Object.keys(errorCatalogue)) expect(pages.get('errors.md')).toContain(`\`${code}\``)
    for (const { name } of variables) expect(pages.get('configuration.md')).toContain(`\`${name}\``)
  })
})

describe('the OpenAPI document', () => {
  it('has one operation for each endpoint of the contract, and no other', () => {
    const anonymous = (text: string) => text.replaceAll(/\{\w+\}/g, '{}')
    const documented = operations.map(({ method, template }) => anonymous(`${method.toUpperCase()} ${template}`))
    const declared = surfaces.flatMap(({ endpoints }) =>
      endpoints.map(({ endpoint }) => anonymous(`${endpoint.method} ${endpoint.path}`)),
    )
    expect(documented.toSorted()).toEqual(declared.toSorted())
  })

  it('gives every operation an id of its own', () => {
    const ids = operations.map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) expect(id).toMatch(/^[A-Za-z][A-Za-z0-9]*_[a-z][A-Za-z0-9]*$/)
  })

  it('refers to nothing that it does not have', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1]!)
    expect(references.length).toBeGreaterThan(0)
    for (const reference of references) {
      const found = reference
        .replace('#/', '')
        .split('/')
        .reduce((node: any, step) => node?.[step], document)
      expect(found, reference).toBeDefined()
    }
  })

  it('has schemas that are JSON Schema', () => {
    const $defs = document.components.schemas
    for (const name of Object.keys($defs)) {
      const text = JSON.stringify({ $ref: `#/$defs/${name}`, $defs }).replaceAll('#/components/schemas/', '#/$defs/')
      expect(() => z.fromJSONSchema(JSON.parse(text)), name).not.toThrow()
    }
  })

  describe.each(operations)('$method $template', ({ template, method, operation }) => {
    it('says in one line what it does', () => {
      expect(operation.summary).toMatch(/^[A-Z][^\n]{5,}[^.]$/)
      expect(operation.tags).toHaveLength(1)
    })

    it('describes exactly the parameters that its path has, and requires them', () => {
      const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
      expect(inPath.map(({ name }) => name)).toEqual([...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1]))
      expect(inPath.every(({ required }) => required)).toBe(true)
    })

    it('says who may call it, and answers strangers with 401 unless everybody may', () => {
      const schemes = operation.security.flatMap((choice) => Object.keys(choice))
      for (const scheme of schemes) expect(document.components.securitySchemes).toHaveProperty(scheme)
      if (schemes.length > 0) expect(Object.keys(operation.responses)).toContain('401')
    })

    it('has one success, and failures in one shape', () => {
      const statuses = Object.keys(operation.responses).map(Number)
      // A part of a file is the same success.
      expect(statuses.filter((status) => status < 300 && status !== 206)).toHaveLength(1)
      expect(statuses).toContain(500)
      const failures = statuses
        .filter((status) => status >= 400)
        .map((status) => responseOf(operation.responses[status]))
      const shapes = failures.map((failure) => JSON.stringify(failure.content))
      expect(new Set(shapes).size).toBe(1)
    })

    it('refuses what is malformed where it reads anything', () => {
      const reads =
        operation.requestBody !== undefined || (operation.parameters ?? []).some((each) => each.in !== 'header')
      if (reads) expect(Object.keys(operation.responses)).toContain('400')
      if (operation.requestBody)
        expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['413', '415']))
      if (method === 'get') expect(operation.requestBody).toBeUndefined()
    })

    it('takes no property that it does not name', () => {
      const schema = operation.requestBody?.content['application/json']?.schema
      const choices = (schema?.['oneOf'] ?? (schema === undefined ? [] : [schema])) as Record<string, unknown>[]
      for (const choice of choices.map(followed))
        expect(choice).toMatchObject({ type: 'object', additionalProperties: false })
    })
  })
})
