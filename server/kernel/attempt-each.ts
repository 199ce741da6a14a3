/** Ends things in order: what can't be ended keeps nothing after it from being ended. */

/**
 * Takes each step when the one before is over, whether that failed or not.
 * @throws AggregateError once all were taken, with what failed in their order
 */
export const attemptEach = async (steps: readonly (() => unknown)[]): Promise<void> => {
  const failures: unknown[] = []
  for (const step of steps) {
    try {
      await step()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} of ${steps.length} steps failed`)
}
