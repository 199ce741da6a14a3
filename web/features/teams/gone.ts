/** Conversations that the person was taken out of while this page was open, or that were deleted. */
import { createStore, useStore } from '../../lib/store.ts'

const gone = createStore<ReadonlySet<string>>(new Set())

export const setGone = (id: string, isGone: boolean): void =>
  gone.set((present) => {
    if (present.has(id) === isGone) return present
    const next = new Set(present)
    if (isGone) next.add(id)
    else next.delete(id)
    return next
  })

/** Somebody else may be a member where this person was. */
export const forgetGone = (): void => gone.set(new Set())

export const isGone = (id: string): boolean => gone.get().has(id)

export const useIsGone = (id: string): boolean => useStore(gone).has(id)
