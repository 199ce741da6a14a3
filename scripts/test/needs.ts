/** What tests need beyond npm's packages: finds it, and installs it where that is allowed; it must not know any test. */
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { aptInstall, findProgram } from '../apt.ts'

export type Need = 'chromium' | 'clamd' | 'engines' | 'nginx' | 'postgresql' | 'redis'

interface Row {
  /** What it is for, to complete "… is not installed". */
  readonly what: string
  readonly debianPackages: readonly string[]
  readonly isThere: () => boolean
  /** A shell command that root runs before the installation. */
  readonly before?: string
  /** Services that the packages would start. */
  readonly services?: readonly string[]
}

const isThere = (program: string): boolean => findProgram(program) !== undefined

/** Everything that the test command may install. Which suites need what: `suites.ts`. */
const table: Record<Need, Row> = {
  chromium: {
    what: 'a browser without windows (chromium-headless-shell)',
    debianPackages: ['chromium-headless-shell'],
    isThere: () => isThere('chromium-headless-shell'),
  },
  clamd: {
    what: 'a virus scanner (clamd)',
    debianPackages: ['clamav-daemon'],
    services: ['clamav-daemon', 'clamav-freshclam'],
    isThere: () => isThere('clamd'),
  },
  engines: {
    what: 'a sandbox with the programs that run in it',
    // Those of all engines (`npm run engines` names them), and what looks at their outputs.
    debianPackages: (
      'bubblewrap ffmpeg libvips-tools pandoc poppler-utils python3-uno qpdf unzip ' +
      'libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui ' +
      'fonts-liberation2 fonts-dejavu-core fonts-droid-fallback fonts-crosextra-carlito fonts-crosextra-caladea ' +
      'tesseract-ocr tesseract-ocr-eng tesseract-ocr-vie'
    ).split(' '),
    isThere: () =>
      ['bwrap', 'ffmpeg', 'pandoc', 'pdftotext', 'perl', 'prlimit', 'qpdf', 'tesseract', 'unzip', 'vips'].every(
        isThere,
      ) && existsSync('/usr/lib/libreoffice/program/soffice.bin'),
  },
  nginx: {
    what: 'a web server to stand in front (nginx)',
    debianPackages: ['nginx-light'],
    services: ['nginx'],
    isThere: () => isThere('nginx'),
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
  redis: {
    what: 'a Redis server',
    debianPackages: ['redis-server'],
    services: ['redis-server'],
    isThere: () => isThere('redis-server'),
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
  const failure = aptInstall(
    {
      packages: missing.flatMap((need) => table[need].debianPackages),
      before: missing.flatMap((need) => table[need].before ?? []),
      services: missing.flatMap((need) => table[need].services ?? []),
    },
    tell,
  )
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

function hasPostgresServer(): boolean {
  const versions = '/usr/lib/postgresql'
  if (!existsSync(versions)) return false
  return readdirSync(versions).some(
    (version) => Number(version) >= 15 && existsSync(path.join(versions, version, 'bin/postgres')),
  )
}
