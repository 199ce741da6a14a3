/** `npm run engines`: says which engines of file conversion are installed, and installs what is missing where that is allowed. */
import { openEngines } from '../server/adapters/engines/index.ts'
import { openSandbox } from '../server/adapters/engines/sandbox.ts'
import type { Engine } from '../server/features/conversion/engine.ts'
import { aptInstall } from './apt.ts'

const say = (line: string): void => console.error(line)

/** Looks afresh. */
const look = (): Promise<{ engine: Engine; isInstalled: boolean }[]> =>
  Promise.all(openEngines(openSandbox()).map(async (engine) => ({ engine, isInstalled: await engine.isInstalled() })))
const packagesOf = (engines: readonly Engine[]): string[] => [...new Set(engines.flatMap(({ packages }) => packages))]

const before = await look()
for (const { engine, isInstalled } of before) say(`${isInstalled ? '✓' : '✗'} ${engine.name}: ${engine.description}`)
const missing = packagesOf(before.filter(({ isInstalled }) => !isInstalled).map(({ engine }) => engine))

if (missing.length === 0) say('All engines are installed.')
else {
  const failure = aptInstall({ packages: missing }, say)
  const left = (await look()).filter(({ isInstalled }) => !isInstalled).map(({ engine }) => engine)
  if (left.length === 0) say('All engines are installed now. A server that is running has to be started again.')
  else {
    const reason = failure ?? 'the packages are there, but the sandbox does not work on this machine'
    say(`Not installed: ${left.map(({ name }) => name).join(', ')} (${reason}). As root:`)
    say(`  apt-get install --no-install-recommends ${packagesOf(left).join(' ')}`)
    process.exitCode = 1
  }
}
