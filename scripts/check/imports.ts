/** Reads what a source file imports and which globals it touches, with a real parser; it must not know any rule. */
import { parseSync, Visitor } from 'vite'

/** One mention of another module. */
export interface Import {
  /** As written: `./x.ts`, `#kernel/ids.ts`, `node:fs`, `pg`. `undefined` when it is computed at run time. */
  readonly specifier: string | undefined
  /** True when nothing of it is left at run time. */
  readonly isTypeOnly: boolean
  /** Imported names; `*` stands for the whole module (namespace, dynamic, side effect). */
  readonly names: readonly string[]
  /** 1-based. */
  readonly line: number
}

/** One use of a global that reaches outside the program: `process`, `fetch`, `Date.now`, `Math.random` … */
export interface GlobalUse {
  readonly name: string
  readonly line: number
}

export interface SourceFacts {
  readonly imports: readonly Import[]
  readonly globals: readonly GlobalUse[]
  /** The parser's own words; a file that does not parse has no other facts. */
  readonly syntaxErrors: readonly string[]
}

/** As much of an ESTree node as is looked at here; its fields depend on its type. */
type Node = { readonly type: string; readonly start: number; readonly end: number } & Record<string, any>

/**
 * @param path decides the language by its ending (`.ts`, `.tsx`, `.js`, `.mjs`)
 * @param source the text of the file
 * @returns imports of every form (static, re-export, dynamic, `import('…').T`, `require`, `new URL(…, import.meta.url)`)
 *   and uses of impure globals, in the order of the source
 */
export function readFacts(path: string, source: string): SourceFacts {
  const { program, errors } = parseSync(path, source)
  if (errors.length > 0) return { imports: [], globals: [], syntaxErrors: errors.map((error) => error.message) }
  const lineAt = lineFinder(source)
  const imports: Import[] = []
  const globals: GlobalUse[] = []
  const judged = new Set<Node>()
  const add = (node: Node, specifier: string | undefined, isTypeOnly: boolean, names: readonly string[]): void => {
    imports.push({ specifier, isTypeOnly, names, line: lineAt(node.start) })
  }

  const visitors = {
    ImportDeclaration(node: Node) {
      const isTypeOnly = node['importKind'] === 'type' || allTypes(node['specifiers'], 'importKind')
      add(node, node['source'].value, isTypeOnly, importedNames(node['specifiers']))
    },
    ExportNamedDeclaration(node: Node) {
      if (!node['source']) return
      const isTypeOnly = node['exportKind'] === 'type' || allTypes(node['specifiers'], 'exportKind')
      const names = node['specifiers'].map((specifier: Node) => nameOf(specifier['local']))
      add(node, node['source'].value, isTypeOnly, names)
    },
    ExportAllDeclaration(node: Node) {
      add(node, node['source'].value, node['exportKind'] === 'type', ['*'])
    },
    ImportExpression(node: Node) {
      add(node, literal(node['source']), false, ['*'])
    },
    TSImportType(node: Node) {
      add(node, literal(node['source'] ?? node['argument']), true, ['*'])
    },
    TSExternalModuleReference(node: Node) {
      add(node, literal(node['expression']), false, ['*'])
    },
    CallExpression(node: Node) {
      for (const argument of node['arguments']) {
        if (memberName(argument) !== 'process.env') continue
        judged.add(argument)
        globals.push({ name: 'process.env as a whole', line: lineAt(argument.start) })
      }
      if (isGlobal(node['callee'], 'require')) add(node, literal(node['arguments'][0]), false, ['*'])
      if (isGlobal(node['callee'], 'fetch')) globals.push({ name: 'fetch', line: lineAt(node.start) })
    },
    NewExpression(node: Node) {
      const [first, second] = node['arguments']
      if (
        isGlobal(node['callee'], 'URL') &&
        second?.property?.name === 'url' &&
        second.object?.type === 'MetaProperty'
      ) {
        const target = literal(first)
        if (target !== undefined && /\.[cm]?[jt]sx?$/.test(target)) add(node, target, false, ['*']) // a worker
      }
      if (isGlobal(node['callee'], 'Date') && first === undefined)
        globals.push({ name: 'new Date()', line: lineAt(node.start) })
    },
    MemberExpression(node: Node) {
      if (judged.has(node)) return
      const name = memberName(node)
      if (name === undefined && memberName(node['object']) === 'process.env' && keyOf(node) === 'PATH') {
        judged.add(node['object'])
        return void globals.push({ name: 'process.env.PATH', line: lineAt(node.start) })
      }
      if (name !== undefined && impureMembers.has(name)) globals.push({ name, line: lineAt(node.start) })
      else if (isGlobal(node['object'], 'process')) globals.push({ name: 'process', line: lineAt(node.start) })
    },
    VariableDeclarator(node: Node) {
      if (!isGlobal(node['init'], 'process') || node['id'].type !== 'ObjectPattern') return
      const keys: string[] = node['id'].properties.map((property: Node) => nameOf(property['key'] ?? property))
      globals.push({ name: keys.includes('env') ? 'process.env' : 'process', line: lineAt(node.start) })
    },
  }
  new Visitor(visitors).visit(program)

  return { imports, globals, syntaxErrors: [] }
}

const impureMembers = new Set([
  'process.env',
  'Date.now',
  'Math.random',
  'performance.now',
  'crypto.randomUUID',
  'crypto.getRandomValues',
])

/** `globalThis.process.env` and `process['env']` count as `process.env`. */
function memberName(node: Node): string | undefined {
  const property = node.type === 'MemberExpression' ? keyOf(node) : undefined
  if (property === undefined) return undefined
  const object: Node = node['object']
  if (object.type === 'Identifier') return `${nameOf(object)}.${property}`
  if (object.type === 'MemberExpression' && isGlobal(object['object'], 'globalThis')) {
    return `${nameOf(object['property'])}.${property}`
  }
  return undefined
}

function keyOf(member: Node): string | undefined {
  return member['computed'] ? literal(member['property']) : nameOf(member['property'])
}

function isGlobal(node: Node | null | undefined, name: string): boolean {
  return node?.type === 'Identifier' && node['name'] === name
}

function allTypes(specifiers: readonly Node[], kind: 'importKind' | 'exportKind'): boolean {
  return specifiers.length > 0 && specifiers.every((specifier) => specifier[kind] === 'type')
}

function importedNames(specifiers: readonly Node[]): string[] {
  if (specifiers.length === 0) return ['*']
  return specifiers.map((specifier) => {
    if (specifier.type === 'ImportSpecifier') return nameOf(specifier['imported'])
    return specifier.type === 'ImportDefaultSpecifier' ? 'default' : '*'
  })
}

function nameOf(node: Node): string {
  return node['name'] ?? node['value'] ?? ''
}

/** The text of a string that is known without running anything; `undefined` for all else. */
function literal(node: Node | undefined): string | undefined {
  if (node?.type === 'TSLiteralType') return literal(node['literal'])
  if (node?.type === 'Literal' && typeof node['value'] === 'string') return node['value']
  if (node?.type === 'TemplateLiteral' && node['expressions'].length === 0) return node['quasis'][0].value.cooked
  return undefined
}

function lineFinder(source: string): (offset: number) => number {
  const starts = [0]
  for (let at = source.indexOf('\n'); at !== -1; at = source.indexOf('\n', at + 1)) starts.push(at + 1)
  return (offset) => starts.findLastIndex((start) => start <= offset) + 1
}
