/** Work that is never done twice at once in this process, and whose every round takes up all that was there when it was asked for. */

/**
 * @param work does everything that is to be done at its beginning
 * @returns begins a round and resolves when it has ended, or fails as it does; whoever asks while one is under way waits for it and then
 *   for another, which all who ask meanwhile share
 */
export const inRounds = (work: () => Promise<void>): (() => Promise<void>) => {
  let present: Promise<void> | undefined
  let next: Promise<void> | undefined
  const begin = (): Promise<void> => {
    present = work().finally(() => (present = undefined))
    return present
  }
  const beginNext = (): Promise<void> => {
    next = undefined
    return begin()
  }
  return () => {
    if (present === undefined) return begin()
    next ??= present.then(beginNext, beginNext)
    return next
  }
}
