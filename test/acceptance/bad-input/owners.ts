/** Who carries out what is right: people with everything, made only when nobody is there on whom it can be tried. */
import type { Operation } from './document.ts'
import type { Belongings, World } from './world.ts'

/** It ends a session, or asks for a reply, which is refused while another one is being written. */
const isAlone = ({ path }: Operation): boolean => path === '/session/close' || path.endsWith('/replies')

const isChange = ({ method }: Operation): boolean => method === 'PATCH'

/**
 * Hands out an owner for whom an operation was not carried out before. A change gets one for whom only changes were: it may name what
 * other requests have made.
 */
export const ownersByTurns = (world: () => World): ((operation: Operation) => Promise<Belongings>) => {
  const seen: { readonly owner: Belongings; readonly operations: Set<Operation> }[] = []
  const suits = (operation: Operation, operations: ReadonlySet<Operation>): boolean =>
    !isAlone(operation) &&
    !operations.has(operation) &&
    Array.from(operations).every((other) => isChange(other) === isChange(operation) && !isAlone(other))
  return async (operation) => {
    const known = seen.find(({ operations }) => suits(operation, operations))
    if (known !== undefined) {
      known.operations.add(operation)
      return known.owner
    }
    const owner = await world().newOwner()
    seen.push({ owner, operations: new Set([operation]) })
    return owner
  }
}
