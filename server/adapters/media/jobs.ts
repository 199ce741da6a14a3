/** What a workshop and its processes say to each other. */

/** The jobs that a process can do, by name. Input and result must survive the structured clone algorithm. */
export type Handlers = Record<string, (input: never) => Promise<unknown>>

export interface Task {
  readonly name: string
  readonly input: unknown
}

export type Answer = { readonly result: unknown } | { readonly failure: string }

/** Does one job after the other as the parent asks for them; ends with the parent. */
export const serveJobs = (handlers: Handlers): void => {
  process.on('disconnect', () => process.exit())
  process.on('message', (message) => {
    const { name, input } = message as Task
    const answer = (answer: Answer): void => void process.send?.(answer)
    Promise.resolve()
      .then(() => handlers[name]?.(input as never))
      .then((result) => answer({ result }))
      .catch((error: unknown) =>
        answer({ failure: error instanceof Error ? (error.stack ?? error.message) : 'unknown' }),
      )
  })
}
