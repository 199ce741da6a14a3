/** Finds circles in a graph of names; it must not know what the names stand for. */

/**
 * @param edges who points at whom; targets that are no key point nowhere
 * @returns one shortest circle for every group of nodes that reach each other, starting with the alphabetically first
 *   node of the group; `[a, b]` stands for a → b → a, and `[a]` for a → a
 */
export function findCycles(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  return stronglyConnected(edges)
    .map((group) => {
      const start = [...group].sort()[0] ?? ''
      return shortestCircle(start, new Set(group), edges)
    })
    .filter((circle) => circle !== undefined)
    .sort((a, b) => ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1))
}

/** Breadth first from a node back to itself, within its group. */
function shortestCircle(
  start: string,
  group: ReadonlySet<string>,
  edges: ReadonlyMap<string, readonly string[]>,
): string[] | undefined {
  const paths: string[][] = [[start]]
  const seen = new Set<string>()
  for (let path = paths.shift(); path !== undefined; path = paths.shift()) {
    for (const next of edges.get(path.at(-1) ?? '') ?? []) {
      if (next === start) return path
      if (!group.has(next) || seen.has(next)) continue
      seen.add(next)
      paths.push([...path, next])
    }
  }
  return undefined
}

/** Tarjan 1972, without recursion: a long chain of imports must not exhaust the stack. */
function stronglyConnected(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const onStack = new Set<string>()
  const stack: string[] = []
  const groups: string[][] = []
  const open = (node: string): { node: string; next: number } => {
    index.set(node, index.size)
    low.set(node, index.size - 1)
    stack.push(node)
    onStack.add(node)
    return { node, next: 0 }
  }
  const lower = (node: string, value: number): void => void low.set(node, Math.min(low.get(node) ?? value, value))

  for (const root of edges.keys()) {
    if (index.has(root)) continue
    const work = [open(root)]
    for (let frame = work.at(-1); frame !== undefined; frame = work.at(-1)) {
      const target = edges.get(frame.node)?.[frame.next++]
      if (target !== undefined) {
        if (!edges.has(target)) continue
        if (!index.has(target)) work.push(open(target))
        else if (onStack.has(target)) lower(frame.node, index.get(target) ?? 0)
        continue
      }
      work.pop()
      const parent = work.at(-1)
      if (parent) lower(parent.node, low.get(frame.node) ?? 0)
      if (low.get(frame.node) !== index.get(frame.node)) continue
      const group = stack.splice(stack.indexOf(frame.node))
      for (const node of group) onStack.delete(node)
      groups.push(group)
    }
  }
  return groups
}
