/** What the address of a team conversation says besides which one: pure. */

export interface TeamSearch {
  /** A message to go to. */
  readonly message?: string
  /** The message whose thread is open. */
  readonly thread?: string
  readonly panel?: 'info'
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export const teamSearch = ({ message, thread, panel }: Record<string, unknown>): TeamSearch => ({
  ...(typeof message === 'string' && uuid.test(message) ? { message } : {}),
  ...(typeof thread === 'string' && uuid.test(thread) ? { thread } : {}),
  ...(panel === 'info' ? { panel } : {}),
})
