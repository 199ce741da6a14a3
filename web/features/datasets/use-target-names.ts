/** What targets are called; by their ids until that is known. */
import { useQuery } from '@tanstack/react-query'
import { listTargets } from './list-targets.ts'

export const useTargetNames = (): ((id: string) => string) => {
  const { data: targets } = useQuery(listTargets())
  return (id) => targets?.find((target) => target.id === id)?.name ?? id
}
