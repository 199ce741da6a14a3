/** What tests need beyond npm's packages: finds it, and installs it where that is allowed; it must not know any test. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import path from 'node:path'

export type Need = 'chromium' | 'postgresql'

interface Row {
  /** What it is for, to complete "… is not installed". */
  readonly what: string
  readonly debianPackages: readonly string[]
  readonly isThere: () => boolean
  /** A shell command that root runs before the installation. */
  readonly before?: string
}

/** Everything that the test command may install. Which suites need what: `suites.ts`. */
const table: Record<Need, Row> = {
  chromium: {
    what: 'a browser (chromium)',
    debianPackages: ['chromium'],
    isThere: () => isInPath('chromium'),
  },
  postgresql: {
    what: 'a PostgreSQL server, 15 or newer',
    debianPackages: ['postgresql'],
    isThere: hasPostgresServer,
    // Tests start clusters of their own. Without this, Debian's package would leave one running on port 5432; a machine
    // that knows postgresql-common already keeps its own settings.
    before:
      'test -e /etc/postgresql-common || ' +
      '{ mkdir -p /etc/postgresql-common && echo create_main_cluster = false > /etc/postgresql-common/createcluster.conf; }',
  },
}

/**
 * Installs what is missing, when this may be done without asking: Debian or a relative of it, and root or sudo without a
 * password.
 * @param needs what the suites of this run need
 * @param tell hears one line before an installation, and the words of apt-get when it failed
 * @returns for every need that is still not met, the sentence that says so
 */
export function provide(needs: readonly Need[], tell: (line: string) => void): Map<Need, string> {
  const missing = needs.filter((need) => !table[need].isThere())
  if (missing.length === 0) return new Map()
  const asRoot = rootCommand()
  const failure =
    asRoot === undefined ? 'this needs Debian, and root or sudo without a password' : install(missing, asRoot, tell)
  const unmet = missing.filter((need) => !table[need].isThere())
  return new Map(
    unmet.map((need) => {
      const { what, debianPackages } = table[need]
      const reason = failure ?? 'apt-get installed it, but it is still not there'
      return [
        need,
        `${what} is not installed and could not be (${reason}): apt-get install ${debianPackages.join(' ')}`,
      ]
    }),
  )
}

/** Returns why it failed; `undefined` when it did not. */
function install(needs: readonly Need[], asRoot: readonly string[], tell: (line: string) => void): string | undefined {
  const packages = needs.flatMap((need) => table[need].debianPackages)
  tell(`Installing ${packages.join(' ')} (apt-get) …`)
  const apt = ['apt-get', '-qq', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Options::=--force-confold']
  const steps = [
    [...apt, 'update'],
    ...needs.flatMap((need) => (table[need].before === undefined ? [] : [['sh', '-c', table[need].before]])),
    [...apt, 'install', '--yes', '--no-install-recommends', ...packages],
  ]
  for (const step of steps) {
    const [command = '', ...args] = [...asRoot, 'env', 'DEBIAN_FRONTEND=noninteractive', ...step]
    const { status, stdout, stderr, error } = spawnSync(command, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    if (status === 0) continue
    tell(`${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`.trim())
    return `${step[0]} failed`
  }
  return undefined
}

/** What to put before a command to run it as root: nothing, `sudo -n`, or `undefined` where it is not possible. */
function rootCommand(): readonly string[] | undefined {
  if (!isInPath('apt-get')) return undefined
  if (process.getuid?.() === 0) return []
  if (!isInPath('sudo')) return undefined
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : undefined
}

function hasPostgresServer(): boolean {
  const versions = '/usr/lib/postgresql'
  if (!existsSync(versions)) return false
  return readdirSync(versions).some(
    (version) => Number(version) >= 15 && existsSync(path.join(versions, version, 'bin/postgres')),
  )
}

function isInPath(command: string): boolean {
  return (process.env['PATH'] ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
