/** Reads the project's sources from the disk for the dependency rule; it must not know the rule. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Aliases, Tree } from './dependency-rule.ts'

/** Folders at the root that hold no source of ours: packages, what was built, what people store, documents. */
const foreign = ['node_modules', 'runtime', 'dist', 'data', 'docs', 'test-results']

/**
 * @param root the folder of the checkout
 * @returns every JavaScript and TypeScript file of the project, and the aliases of its package.json
 */
export function readTree(root: string): { tree: Tree; aliases: Aliases } {
  const tree = new Map<string, string>()
  const walk = (folder: string): void => {
    for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
      const relative = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (
        entry.name.startsWith('.') ||
        (folder === '' && foreign.includes(entry.name)) ||
        entry.name === 'node_modules'
      )
        continue
      if (entry.isDirectory()) walk(relative)
      else if (/\.[cm]?[jt]sx?$/.test(entry.name)) tree.set(relative, readFileSync(path.join(root, relative), 'utf8'))
    }
  }
  walk('')
  const { imports = {} } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { imports?: Aliases }
  return { tree, aliases: imports }
}
