/** Installs Debian packages where that may be done without asking; it must not know what they are for. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import path from 'node:path'

export interface AptInstallation {
  readonly packages: readonly string[]
  /** A shell command that root runs before. */
  readonly before?: readonly string[]
  /** Services that come with the packages: they are neither started nor will they be, since nobody asked for them. */
  readonly services?: readonly string[]
}

/** Debian starts the services of what it installs unless this file forbids it; one that is there already stays. */
const withoutStarting = `
  policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    trap "rm -f $policy" EXIT
    printf '#!/bin/sh\nexit 101\n' > $policy
    chmod 755 $policy
  fi
  "$@"`

/**
 * @param tell hears one line before an installation, and the words of apt-get when it failed
 * @returns why it failed; undefined when it did not
 */
export function aptInstall(
  { packages, before = [], services = [] }: AptInstallation,
  tell: (line: string) => void,
): string | undefined {
  const asRoot = rootCommand()
  if (asRoot === undefined) return 'this needs Debian, and root or sudo without a password'
  tell(`Installing ${packages.join(' ')} (apt-get) …`)
  const apt = ['apt-get', '-qq', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Options::=--force-confold']
  const install = [...apt, 'install', '--yes', '--no-install-recommends', ...packages]
  const steps = [
    [...apt, 'update'],
    ...before.map((command) => ['sh', '-c', command]),
    services.length === 0 ? install : ['sh', '-c', withoutStarting, 'sh', ...install],
    ...services.map((service) => ['sh', '-c', `! command -v systemctl > /dev/null || systemctl -q disable ${service}`]),
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
  if (findProgram('apt-get') === undefined) return undefined
  if (process.getuid?.() === 0) return []
  if (findProgram('sudo') === undefined) return undefined
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : undefined
}

/** Where a program is; Debian keeps servers in folders that are not in everybody's PATH. */
export const findProgram = (name: string): string | undefined =>
  [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin', '/sbin']
    .map((folder) => path.join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
