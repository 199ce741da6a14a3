/** Where the server says what happens: standard output, as JSON lines, or in colours where a person looks on. */
import { pino } from 'pino'

/**
 * pino's own way into a pipe waits for ever, and everything else with it, for a reader that has gone, as soon as something fatal is told
 * or the process ends.
 */
const standardOutput = { write: (line: string) => void process.stdout.write(line) }

/** Made once in a process. What is secret is not written. */
export const makeLogger = (level: string): pino.Logger => {
  // Nobody reads what is printed any more: nothing that a server should end for.
  process.stdout.on('error', () => {})
  const redact = { paths: ['req.headers.authorization', 'req.headers.cookie', '*.password', '*.apiKey'], censor: '…' }
  const options = { level, redact, base: null }
  if (!process.stdout.isTTY) return pino(options, standardOutput)
  return pino({
    ...options,
    transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname', translateTime: 'HH:MM:ss' } },
  })
}
