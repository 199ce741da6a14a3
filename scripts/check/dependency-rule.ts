/**
 * The dependency rule of ARCHITECTURE.md as a program: who may import whom, and what each ring must not know.
 * It judges a tree of sources that is handed to it; reading the disk is left to `dependency-tree.ts`.
 *
 *     surfaces ──▶ features ──▶ kernel ◀── adapters         web ──▶ contract ◀── surfaces
 */
import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import { findCycles } from './cycles.ts'
import { type GlobalUse, type Import, readFacts } from './imports.ts'

/** Sources by path relative to the root, with `/`; every file of the tree, so that imports can be resolved. */
export type Tree = ReadonlyMap<string, string>

/** The `imports` of package.json: `#kernel/*` → `./server/kernel/*`. */
export type Aliases = Readonly<Record<string, string>>

/** One broken rule, as a sentence: where, what it imports, which rule, what to do instead. */
export interface Violation {
  readonly file: string
  readonly line: number
  readonly sentence: string
}

type Ring =
  | 'contract'
  | 'kernel'
  | 'feature'
  | 'store'
  | 'surface'
  | 'adapter'
  | 'composition'
  | 'config'
  | 'listener'
  | 'db'
  | 'web'
  | 'test'
  | 'black-box test'
  | 'bench'
  | 'scripts'

/** Where a file lives, in the words of the rule. */
interface Place {
  readonly path: string
  readonly ring: Ring
  /** The slice, surface, technology or web layer; empty where a ring has none. */
  readonly part: string
  /** The first folder, which says what a test may see. */
  readonly home: string
}

/** Why an import is wrong, and what to do instead: the second half of a sentence, and a second sentence. */
interface Verdict {
  readonly rule: string
  readonly instead: string
}

/** What executes SQL is named for its technology (`pgConversationStore`); a front door shows it to compose.ts only. */
const storeName = /^pg[A-Z]/

/** Packages that only compute. A new one is added here when it does no I/O and reads neither clock nor randomness. */
const purePackages = ['zod', 'jsonrepair', 'libphonenumber-js']
const databasePackages = ['pg', 'kysely', 'pg-boss']
const serverPackages = [...databasePackages, 'fastify', 'pino']

const pureBuiltins = [
  'buffer',
  'util',
  'path',
  'path/posix',
  'url',
  'events',
  'stream',
  'string_decoder',
  'querystring',
]
/** Of node:crypto, what gives the same answer twice. */
const pureCrypto = ['createHash', 'createHmac', 'hash', 'hkdfSync', 'timingSafeEqual', 'Hash', 'Hmac']

/** From the top down: a layer imports layers below it, never above. */
const webLayers = ['app', 'features', 'ui', 'lib']

/**
 * Judges a whole tree.
 * @param tree every source file that belongs to the project
 * @param aliases the `imports` of package.json
 * @returns what is wrong, in the order of the files; empty when the rule holds
 */
export function checkDependencyRule(tree: Tree, aliases: Aliases): Violation[] {
  const violations: Violation[] = []
  const edges = new Map<string, string[]>()
  for (const path of [...tree.keys()].sort()) {
    const place = placeOf(path)
    if (place === undefined) {
      violations.push({
        file: path,
        line: 1,
        sentence:
          `${path} lies where no rule applies, so nothing protects it. ` +
          'Move it into a folder that ARCHITECTURE.md names, or name its folder in scripts/check/dependency-rule.ts.',
      })
      continue
    }
    const facts = readFacts(path, tree.get(path) ?? '')
    for (const message of facts.syntaxErrors) {
      violations.push({ file: path, line: 1, sentence: `${path} cannot be parsed: ${message}` })
    }
    const targets: string[] = []
    for (const edge of facts.imports) {
      const target = resolve(path, edge.specifier, tree, aliases)
      if (target.kind === 'file') targets.push(target.path)
      const verdict = judgeImport(place, target, edge)
      if (verdict) violations.push(violation(path, edge.line, 'imports', describe(target), verdict))
    }
    for (const use of facts.globals) {
      const verdict = judgeGlobal(place, use)
      if (verdict) violations.push(violation(path, use.line, 'uses', use.name, verdict))
    }
    edges.set(path, targets)
  }
  return [...violations, ...findCycles(edges).map(cycleViolation)]
}

function violation(file: string, line: number, verb: string, what: string, { rule, instead }: Verdict): Violation {
  return { file, line, sentence: `${file}:${line} ${verb} ${what}: ${rule}. ${instead}` }
}

function cycleViolation(cycle: readonly string[]): Violation {
  const [file = ''] = cycle
  const circle = [...cycle, file].join(' → ')
  return {
    file,
    line: 1,
    sentence: `${file} imports itself in a circle: ${circle}. No cycles: move what both need into a file of its own.`,
  }
}

// ---- where a file lives

/** `undefined` where no rule applies. */
function placeOf(path: string): Place | undefined {
  const [home = '', second = '', third = '', ...rest] = path.split('/')
  const name = posix.basename(path)
  const at = (ring: Ring, part = ''): Place => ({ path, ring, part, home })
  const isInPart = third !== '' && rest.length > 0

  if (home === path) return /\.config\.[cm]?[jt]s$/.test(path) ? at('scripts') : undefined
  if (home === 'test') return at(second === 'acceptance' || second === 'e2e' ? 'black-box test' : 'test')
  if (home === 'bench') return at('bench')
  if (home === 'scripts') return at('scripts')
  const isTest = /\.(test|fixture)\.[jt]sx?$/.test(name) || /(^|-)for-tests\.tsx?$/.test(name)
  const place = ((): Place | undefined => {
    if (path === 'db/generate.ts') return at('scripts') // writes what is golden in db/ from a real database
    if (home === 'contract' || home === 'db') return at(home)
    if (home === 'web') {
      if (third === '') return at('web', 'app')
      if (second === 'public') return at('web', 'lib') // copied as it is
      return webLayers.includes(second) ? at('web', second) : undefined
    }
    if (home !== 'server') return undefined
    if (second === 'kernel') return at('kernel')
    if (second === 'features' && isInPart) return at(name.endsWith('.pg.ts') ? 'store' : 'feature', third)
    if (second === 'surfaces' && isInPart) return at('surface', third)
    if (second === 'adapters' && isInPart) return at('adapter', third)
    if (/^(main|compose)(\.test)?\.ts$/.test(second)) return at('composition')
    if (/^config(\.test)?\.ts$/.test(second)) return at('config')
    if (/^(listener|logger)(\.test)?\.ts$/.test(second)) return at('listener')
    return undefined
  })()
  return place && isTest ? { ...place, ring: 'test' } : place
}

// ---- what an import points at

type Target =
  | { readonly kind: 'file'; readonly path: string; readonly place: Place | undefined }
  | { readonly kind: 'asset' }
  | { readonly kind: 'builtin'; readonly name: string }
  | { readonly kind: 'package'; readonly name: string }
  | { readonly kind: 'missing'; readonly specifier: string }
  | { readonly kind: 'computed' }

function resolve(from: string, specifier: string | undefined, tree: Tree, aliases: Aliases): Target {
  if (specifier === undefined) return { kind: 'computed' }
  if (isBuiltin(specifier)) return { kind: 'builtin', name: specifier.replace(/^node:/, '') }
  if (/^[a-z]+:/.test(specifier)) return { kind: 'missing', specifier }
  if (!/^[.#/]|^[@~]\//.test(specifier)) {
    const [scopeOrName = '', name = ''] = specifier.split('/')
    return { kind: 'package', name: scopeOrName.startsWith('@') ? `${scopeOrName}/${name}` : scopeOrName }
  }
  const path = specifier.startsWith('#')
    ? expandAlias(specifier, aliases)
    : posix.join(posix.dirname(from), specifier.replace(/\?.*$/, ''))
  if (path === undefined) return { kind: 'missing', specifier }
  const found = [path, `${path}.ts`, `${path}.tsx`, `${path}/index.ts`, `${path}/index.tsx`].find((file) =>
    tree.has(file),
  )
  if (found !== undefined) return { kind: 'file', path: found, place: placeOf(found) }
  // Styles, pictures and JSON are not in the tree: they import nothing.
  return /\.[cm]?[jt]sx?$/.test(path) || posix.extname(path) === '' ? { kind: 'missing', specifier } : { kind: 'asset' }
}

function expandAlias(specifier: string, aliases: Aliases): string | undefined {
  for (const [pattern, target] of Object.entries(aliases)) {
    const [start = '', end = ''] = pattern.split('*')
    if (!pattern.includes('*') && specifier !== pattern) continue
    if (!specifier.startsWith(start) || !specifier.endsWith(end)) continue
    return posix.normalize(target.replace('*', specifier.slice(start.length, specifier.length - end.length)))
  }
  return undefined
}

function describe(target: Target): string {
  if (target.kind === 'file') return target.path
  if (target.kind === 'builtin') return `node:${target.name}`
  if (target.kind === 'package') return `the package ${target.name}`
  if (target.kind === 'missing') return `'${target.specifier}'`
  return target.kind === 'computed' ? 'a name that is computed at run time' : 'an asset'
}

// ---- the rule itself

function judgeImport(from: Place, target: Target, edge: Import): Verdict | undefined {
  const isFree =
    from.ring === 'scripts' || from.ring === 'test' || from.ring === 'black-box test' || from.ring === 'bench'
  switch (target.kind) {
    case 'asset':
      return undefined
    case 'missing':
      return {
        rule: 'there is no such file',
        instead: 'Use a relative path with its ending, or an alias of package.json.',
      }
    case 'computed':
      if (isFree) return undefined
      return { rule: 'nobody can check where that leads', instead: 'Import a name that is written out.' }
    case 'builtin':
      return judgeBuiltin(from, target.name, edge)
    case 'package':
      return judgePackage(from, target.name)
    case 'file':
      return target.place && judgeFile(from, target.place, edge)
  }
}

function judgeFile(from: Place, to: Place, edge: Import): Verdict | undefined {
  if (from.ring === 'test' || from.ring === 'black-box test') return judgeTest(from, to)
  if (from.ring === 'scripts' || (from.ring === 'bench' && (to.ring === 'test' || to.ring === 'scripts')))
    return undefined
  if (to.ring === 'test' || to.ring === 'black-box test') {
    return { rule: 'the product does not know its tests', instead: 'Move what is shared out of the test.' }
  }
  if (to.ring === 'scripts') {
    return {
      rule: 'scripts start, check and measure the product; the product does not know them',
      instead: 'Move the code to where it belongs.',
    }
  }
  if (to.ring === 'bench' && from.ring !== 'bench') {
    return { rule: 'nobody imports a benchmark', instead: 'Move what is shared out of bench/.' }
  }
  return judgeRing[from.ring](from, to, edge)
}

const fine = (): undefined => undefined

const judgeRing: Record<
  Exclude<Ring, 'test' | 'black-box test' | 'scripts'>,
  (from: Place, to: Place, edge: Import) => Verdict | undefined
> = {
  contract: (_, to) =>
    to.ring === 'contract'
      ? undefined
      : { rule: 'the contract knows nobody', instead: 'Describe the shape here and let the other side import it.' },

  kernel: (_, to) =>
    to.ring === 'kernel'
      ? undefined
      : {
          rule: 'the kernel depends on nothing',
          instead: 'Move the code out of the kernel, or state what it needs as a type.',
        },

  feature: (from, to, edge) => {
    if (to.ring === 'kernel' || isOwn(from, to)) return undefined
    if (to.ring === 'store') return isFrontDoor(from) && to.part === from.part ? undefined : noSql
    return judgeFeature(from, to, edge)
  },

  store: (from, to, edge) => {
    if (to.ring === 'kernel' || isOwn(from, to) || to.ring === 'db') return undefined
    if (to.ring === 'store') {
      if (to.part === from.part) return undefined
      return {
        rule: 'stores of different slices do not know each other',
        instead: `Ask server/features/${to.part}/index.ts.`,
      }
    }
    if (to.ring === 'adapter') {
      return { rule: 'all a store knows of the database is db/', instead: 'Take what else it needs as a parameter.' }
    }
    return judgeFeature(from, to, edge)
  },

  surface: (from, to, edge) => {
    if (to.ring === 'kernel' || to.ring === 'contract') return undefined
    if (to.ring === 'surface') {
      if (to.part === from.part || to.part === 'shared') return undefined
      const rule = from.part === 'shared' ? 'what surfaces share knows no surface' : 'surfaces never import each other'
      return { rule, instead: 'Move what both need to server/surfaces/shared/ or into a feature.' }
    }
    if (to.ring === 'feature') return throughTheFrontDoor(to, edge)
    if (to.ring === 'store')
      return { rule: 'a surface knows no SQL', instead: `Ask server/features/${to.part}/index.ts.` }
    if (to.ring === 'adapter') {
      return {
        rule: 'a surface knows no adapter',
        instead: 'Take the port as a parameter; compose.ts passes the adapter in.',
      }
    }
    return notForProduct(to)
  },

  adapter: (from, to, edge) => {
    if (to.ring === 'kernel' || to.ring === 'db') return undefined
    if (to.ring === 'adapter') {
      if (to.part === from.part) return undefined
      return { rule: 'adapters do not know each other', instead: 'Take it as a parameter; compose.ts passes it in.' }
    }
    if (to.ring === 'feature') {
      if (isFrontDoor(to) || edge.isTypeOnly) return undefined
      return {
        rule: 'an adapter takes nothing but types from the file of a port',
        instead: `Write \`import type\`, or import from server/features/${to.part}/index.ts.`,
      }
    }
    if (to.ring === 'surface')
      return { rule: 'an adapter knows no surface', instead: 'Move what both need into the kernel.' }
    return notForProduct(to)
  },

  composition: (_, to) =>
    to.ring === 'web'
      ? { rule: 'the server does not import the web app', instead: 'It serves what the build left in dist/web.' }
      : undefined,

  config: (_, to) =>
    to.ring === 'kernel' || to.ring === 'config'
      ? undefined
      : {
          rule: 'the configuration knows only the kernel',
          instead: 'Keep plain values here; compose.ts hands them out.',
        },

  listener: (_, to) =>
    to.ring === 'kernel'
      ? undefined
      : {
          rule: 'the socket and the log know only the kernel',
          instead: 'Hand it a request listener; compose.ts does.',
        },

  db: (_, to) =>
    to.ring === 'db' || to.ring === 'kernel'
      ? undefined
      : {
          rule: 'db/ describes the database and knows only the kernel',
          instead: 'Move the code to server/adapters/postgres/.',
        },

  web: (from, to) => {
    if (to.ring === 'contract') return undefined
    if (to.ring !== 'web')
      return { rule: 'the web app never imports the server', instead: 'Share the shape through contract/.' }
    if (webLayers.indexOf(from.part) <= webLayers.indexOf(to.part)) return undefined
    return {
      rule: `the web app has one direction, ${webLayers.join(' → ')}`,
      instead: `Pass it in from above, or move it down to web/${from.part}/.`,
    }
  },

  bench: fine,
}

function judgeFeature(from: Place, to: Place, edge: Import): Verdict | undefined {
  if (to.ring === 'feature') return throughTheFrontDoor(to, edge)
  if (to.ring === 'contract') {
    return {
      rule: 'a feature does not know what goes over the wire',
      instead: 'Use a type of its own; the surface translates.',
    }
  }
  if (to.ring === 'surface')
    return { rule: 'a feature knows no HTTP', instead: 'The surface asks the feature, never the other way.' }
  if (to.ring === 'adapter') {
    return {
      rule: 'a feature knows no adapter',
      instead: `State the need as a port in server/features/${from.part}/; compose.ts passes the adapter in.`,
    }
  }
  return notForProduct(to)
}

const isOwn = (from: Place, to: Place): boolean => to.ring === 'feature' && to.part === from.part
const isFrontDoor = (to: Place): boolean => /^server\/features\/[^/]+\/index\.ts$/.test(to.path)

const noSql: Verdict = { rule: 'a feature knows no SQL', instead: 'Ask for its port; compose.ts passes the store in.' }

function throughTheFrontDoor(to: Place, edge: Import): Verdict | undefined {
  if (isFrontDoor(to) && !edge.isTypeOnly && edge.names.some((name) => storeName.test(name))) {
    return { rule: 'only compose.ts knows which store a port gets', instead: 'Take the port as a parameter.' }
  }
  if (isFrontDoor(to)) return undefined
  return {
    rule: 'a slice is entered through its index.ts',
    instead: `Export it from server/features/${to.part}/index.ts, and import that.`,
  }
}

/** What is left for features, surfaces and adapters: the files at the top of server/, the web app, db/. */
function notForProduct(to: Place): Verdict | undefined {
  if (to.ring === 'config')
    return { rule: 'only compose.ts and main.ts know the configuration', instead: 'Take the value as a parameter.' }
  if (to.ring === 'composition' || to.ring === 'listener')
    return { rule: 'nobody knows who composes everything', instead: 'Take what is needed as a parameter.' }
  if (to.ring === 'web')
    return { rule: 'the server does not import the web app', instead: 'Share the shape through contract/.' }
  if (to.ring === 'db') return { rule: 'only stores and adapters know db/', instead: 'Ask through a port.' }
  return { rule: 'the dependency rule has no arrow for that', instead: 'See ARCHITECTURE.md, section 1.' }
}

function judgeTest(from: Place, to: Place): Verdict | undefined {
  if (from.home === 'scripts' || to.ring === 'test' || to.ring === 'black-box test' || to.ring === 'contract')
    return undefined
  if (from.ring === 'black-box test') {
    return {
      rule: 'an acceptance test knows a URL and nothing else',
      instead: 'Ask over HTTP, or start what it needs in test/support/.',
    }
  }
  if (from.home === 'web') {
    return to.ring === 'web'
      ? undefined
      : { rule: 'the web app never imports the server', instead: 'Share the shape through contract/.' }
  }
  if (from.home === 'contract')
    return { rule: 'the contract knows nobody', instead: 'Move the test to the side that it is about.' }
  if (to.ring === 'web') return { rule: 'the server does not import the web app', instead: 'Move the test into web/.' }
  return undefined
}

function judgeBuiltin(from: Place, name: string, edge: Import): Verdict | undefined {
  if (name === 'process' && edge.names.some((each) => each === 'env'))
    return judgeGlobal(from, { name: 'process.env', line: 0 })
  if (from.ring === 'web') return { rule: 'the web app runs in a browser', instead: 'Use what browsers have.' }
  if (from.ring === 'contract')
    return {
      rule: 'the contract describes shapes and does nothing',
      instead: 'Move the code to the side that needs it.',
    }
  if (from.ring === 'feature' || from.ring === 'store' || from.ring === 'kernel') {
    if (pureBuiltins.includes(name)) return undefined
    if (name === 'crypto' && (from.ring === 'kernel' || edge.names.every((each) => pureCrypto.includes(each))))
      return undefined
    const rule =
      from.ring === 'kernel' ? 'the kernel does no I/O' : 'a feature does no I/O and knows neither clock nor randomness'
    return { rule, instead: 'State the need as a port and let an adapter do it; NewId and Clock are in the kernel.' }
  }
  return undefined
}

function judgePackage(from: Place, name: string): Verdict | undefined {
  const allowed = packagesOf(from)
  if (allowed === undefined) {
    if (from.ring === 'surface' && databasePackages.includes(name)) {
      return { rule: 'a surface knows no SQL', instead: 'Ask a feature through its index.ts.' }
    }
    if (from.ring === 'web' && (serverPackages.includes(name) || name.startsWith('@fastify/'))) {
      return { rule: 'the web app never imports the server', instead: 'Use what browsers have.' }
    }
    return undefined
  }
  if (allowed.includes(name)) return undefined
  const instead =
    'Hide it behind a port; a package that only computes may be added to purePackages in scripts/check/dependency-rule.ts.'
  return { rule: `${ringName(from.ring)} uses only ${allowed.join(', ')}`, instead }
}

/** `undefined` means: no closed list. */
function packagesOf(from: Place): readonly string[] | undefined {
  if (from.ring === 'contract' || from.ring === 'kernel' || from.ring === 'feature') return purePackages
  if (from.ring === 'store') return [...purePackages, 'kysely']
  return undefined
}

function ringName(ring: Ring): string {
  if (ring === 'contract' || ring === 'kernel') return `the ${ring}`
  return ring === 'store' ? 'a store' : 'a feature'
}

function judgeGlobal(from: Place, use: GlobalUse): Verdict | undefined {
  const isProduct = !['config', 'scripts', 'test', 'black-box test', 'bench'].includes(from.ring)
  // Where programs are found is no configuration of ours: whoever starts a child process passes it on.
  if (use.name === 'process.env.PATH' && from.ring === 'adapter') return undefined
  if (use.name === 'process.env as a whole' && from.path === 'server/main.ts') return undefined // readConfig(process.env)
  if (use.name.startsWith('process.env') && isProduct) {
    return {
      rule: 'only server/config.ts reads the environment',
      instead:
        from.ring === 'web' ? 'Ask the server.' : 'Add it to the configuration and take the value as a parameter.',
    }
  }
  if (from.ring === 'feature' || from.ring === 'store' || from.ring === 'contract') {
    const rule = 'a feature knows neither process, network, wall clock nor randomness'
    const contractRule = 'the contract describes shapes and does nothing'
    return {
      rule: from.ring === 'contract' ? contractRule : rule,
      instead: 'Take a port: Clock and NewId are in the kernel.',
    }
  }
  return undefined
}
