/** The embedded server keeps what it acknowledged, however it ended, and lets nobody in but its owner. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'

import { describe, expect, it, vi } from 'vitest'

import { findNativeFolder } from './binaries.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './index.ts'
import { clearLeftovers } from './leftovers.ts'
import { processesIn, processIdentity } from './process-table.ts'
import { nobody } from './run-as.ts'
import { ask, killPostgres, supervise, temporaryFolder, usedDataDir } from './supervised-for-tests.ts'

const asRoot = process.getuid?.() === 0
const onLinux = process.platform === 'linux'
/** Where speed isn't the subject, durability isn't either. */
const hasty = { fsync: 'off' }

async function withServer<Result>(
  options: Parameters<typeof startEmbeddedPostgres>[0],
  work: (server: EmbeddedPostgres) => Promise<Result>,
): Promise<Result> {
  const server = await startEmbeddedPostgres(options)
  try {
    return await work(server)
  } finally {
    await server.stop()
  }
}

describe('a start', () => {
  it('makes a cluster with checksums, UTF-8, a sorting of its own, and a password that only its owner can read', async () => {
    const dataDir = temporaryFolder()
    await withServer({ dataDir }, async (server) => {
      const [settings] = await ask(
        server,
        `select current_setting('fsync') as fsync, current_setting('full_page_writes') as pages,
           current_setting('synchronous_commit') as commit, current_setting('data_checksums') as checksums,
           current_setting('server_encoding') as encoding, current_setting('shared_buffers') as buffers,
           current_setting('max_connections') as connections, current_setting('listen_addresses') as addresses,
           current_setting('unix_socket_permissions') as permissions, current_setting('password_encryption') as passwords,
           datlocprovider as provider, datlocale as locale, upper('äßé') as upper
         from pg_database where datname = current_database()`,
      )
      expect(settings).toEqual({
        fsync: 'on',
        pages: 'on',
        commit: 'on',
        checksums: 'on',
        encoding: 'UTF8',
        buffers: '64MB',
        connections: '60',
        addresses: '',
        permissions: '0700',
        passwords: 'scram-sha-256',
        provider: 'b',
        locale: 'C.UTF-8',
        upper: 'ÄßÉ',
      })
      await expect(ask({ ...server, password: 'wrong' }, 'select 1')).rejects.toMatchObject({ code: '28P01' })
    })
    expect(statSync(join(dataDir, 'postgres-password')).mode & 0o777).toBe(0o600)
    expect(statSync(join(dataDir, 'postgres')).mode & 0o777).toBe(0o700)
    expect(readdirSync(dataDir).sort()).toEqual(['postgres', 'postgres-password'])
  })

  it.runIf(onLinux)('opens no TCP port', async () => {
    await withServer({ dataDir: await usedDataDir(), settings: hasty }, async ({ pid }) => {
      const sockets = readdirSync(`/proc/${pid}/fd`)
        .map((fd) => {
          try {
            return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1]
          } catch {
            return undefined // the descriptor of a connection that just ended
          }
        })
        .filter((inode) => inode !== undefined)
      const inodesOf = (table: string, column: number) =>
        readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
          .split('\n')
          .map((line) => line.trim().split(/\s+/)[column])
      expect(sockets.filter((inode) => inodesOf('unix', 6).includes(inode)).length).toBeGreaterThan(0)
      expect(sockets.filter((inode) => ['tcp', 'tcp6'].some((table) => inodesOf(table, 9).includes(inode)))).toEqual([])
    })
  })

  it('finds the rows of the run before', async () => {
    const dataDir = await usedDataDir()
    await withServer({ dataDir }, (server) => ask(server, 'create table kept as select 42 as answer'))
    const rows = await withServer({ dataDir }, (server) => ask(server, 'select answer from kept'))
    expect(rows).toEqual([{ answer: 42 }])
  })

  it.each(['a DATA_DIR too long for a socket name', 'the same, where another user has taken the short folder'])(
    'copes with %s',
    async (which) => {
      const dataDir = join(temporaryFolder(), 'long'.repeat(20), 'longer'.repeat(20), 'ü'.repeat(40))
      mkdirSync(dataDir, { recursive: true })
      const first = await startEmbeddedPostgres({ dataDir, settings: hasty })
      const short = first.host
      expect(Buffer.byteLength(`${short}/.s.PGSQL.5432`)).toBeLessThan(104)
      expect(statSync(short).mode & 0o777).toBe(0o700)
      expect(await ask(first, 'select 1 as one')).toEqual([{ one: 1 }])
      await first.stop()
      expect(existsSync(short)).toBe(false)
      if (which.startsWith('a DATA_DIR')) return
      mkdirSync(short, { mode: 0o777 })
      chmodSync(short, 0o777)
      try {
        await withServer({ dataDir, settings: hasty }, async (server) => {
          expect(server.host).not.toBe(short)
          expect(await ask(server, 'select 1 as one')).toEqual([{ one: 1 }])
        })
      } finally {
        rmSync(short, { recursive: true })
      }
    },
  )

  it.runIf(asRoot)('works as an ordinary user', async () => {
    const dataDir = temporaryFolder()
    const who = nobody()
    chownSync(dataDir, who.uid, who.gid)
    // A package that this user can reach, wherever the checkout lies.
    const shared = temporaryFolder()
    chmodSync(shared, 0o755)
    cpSync(dirname(findNativeFolder()), shared, { recursive: true, verbatimSymlinks: true })
    const program = supervise('serve', dataDir, { ...who, nativeDir: join(shared, 'native') })
    const ready = await program.hear((said) => said.ready)
    expect(await ask(ready, 'select 1 as one')).toEqual([{ one: 1 }])
    expect(statSync(`/proc/${ready.pid}`).uid).toBe(who.uid)
    await program.finish()
    expect(processIdentity(ready.pid)).toBeUndefined()
  })

  it.runIf(asRoot && onLinux)(
    'by root runs the server as nobody, who owns the cluster only, below folders closed to others',
    async () => {
      const closed = temporaryFolder()
      const dataDir = join(closed, 'x', 'data')
      mkdirSync(dataDir, { recursive: true, mode: 0o700 })
      await withServer({ dataDir, settings: hasty }, async (server) => {
        expect(statSync(`/proc/${server.pid}`).uid).toBe(nobody().uid)
        await ask(server, 'create table big as select generate_series(1, 1000) as n')
        // Parallel workers are processes of their own, born by the postmaster: they must find the folder, too.
        await ask(server, 'alter role postgres set debug_parallel_query = on')
        expect(await ask(server, 'select sum(n)::int as sum from big')).toEqual([{ sum: 500500 }])
      })
      expect(
        [closed, join(closed, 'x'), dataDir].map((folder) => [statSync(folder).uid, statSync(folder).mode & 0o777]),
      ).toEqual([
        [0, 0o700],
        [0, 0o700],
        [0, 0o700],
      ])
      expect(statSync(join(dataDir, 'postgres')).uid).toBe(nobody().uid)
      expect(statSync(join(dataDir, 'postgres-password')).uid).toBe(0)
    },
  )

  it.runIf(asRoot)('by an ordinary user on the cluster of another one is refused with what to do', async () => {
    const dataDir = await usedDataDir()
    chownSync(dataDir, nobody().uid, nobody().gid)
    chownSync(join(dataDir, 'postgres'), 1234, 1234)
    const program = supervise('serve', dataDir, nobody())
    expect(await program.hear((said) => said.failed)).toBe(
      `${dataDir}/postgres belongs to another user (uid 1234). Start as that user or as root, or give DATA_DIR to this user (chown -R).`,
    )
  })

  it.runIf(asRoot)(
    'by root leaves the cluster of an ordinary user to that user, and takes over one that root restored',
    async () => {
      const dataDir = temporaryFolder()
      const who = nobody()
      chownSync(dataDir, who.uid, who.gid)
      await withServer({ dataDir, settings: hasty }, (server) =>
        ask(server, 'create table kept as select 42 as answer'),
      )
      execFileSync('chown', ['-R', '1234:1234', join(dataDir, 'postgres')])
      await withServer({ dataDir, settings: hasty }, async (server) => {
        expect(statSync(`/proc/${server.pid}`).uid).toBe(1234)
      })
      execFileSync('chown', ['-R', '0:0', join(dataDir, 'postgres')])
      chmodSync(join(dataDir, 'postgres'), 0o755)
      const rows = await withServer({ dataDir, settings: hasty }, (server) => ask(server, 'select answer from kept'))
      expect(rows).toEqual([{ answer: 42 }])
      expect(statSync(join(dataDir, 'postgres')).uid).toBe(who.uid)
    },
  )
})

describe('a start that can not succeed says why', () => {
  it('quotes the server itself', async () => {
    const start = startEmbeddedPostgres({
      dataDir: await usedDataDir(),
      settings: { ...hasty, shared_buffers: 'plenty' },
    })
    await expect(start).rejects.toThrow(
      /^The embedded PostgreSQL ended with exit code 1\. It said:\n.*FATAL:.*"shared_buffers": "plenty"/,
    )
  })

  it('keeps its hands on the settings it relies on', async () => {
    const start = startEmbeddedPostgres({ dataDir: temporaryFolder(), settings: { Listen_Addresses: '*', ...hasty } })
    await expect(start).rejects.toThrow('Listen_Addresses')
  })

  it('names a folder that is no cluster, and one of another major version', async () => {
    const dataDir = temporaryFolder()
    mkdirSync(join(dataDir, 'postgres'))
    writeFileSync(join(dataDir, 'postgres', 'a-file'), '')
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(
      `${dataDir}/postgres is not a PostgreSQL cluster. Move it away`,
    )
    writeFileSync(join(dataDir, 'postgres', 'PG_VERSION'), '17\n')
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(
      `${dataDir}/postgres was made by PostgreSQL 17, this program brings 18`,
    )
    expect(existsSync(join(dataDir, 'postgres', 'a-file'))).toBe(true)
  })

  it('names the password file when it is lost or of another cluster, and leaves no server behind', async () => {
    const dataDir = await usedDataDir()
    rmSync(join(dataDir, 'postgres-password'))
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(`${dataDir}/postgres-password is missing or empty`)
    writeFileSync(join(dataDir, 'postgres-password'), 'of another cluster\n')
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow('refuses the password kept in DATA_DIR')
    expect(processesIn('postgres', join(dataDir, 'postgres'))).toEqual([])
  })
})

describe('an end', () => {
  it('is in order, the same for all who ask, and not reported as an accident', async () => {
    const dataDir = await usedDataDir()
    const onExit = vi.fn()
    const lines: string[] = []
    const server = await startEmbeddedPostgres({ dataDir, settings: hasty, onExit, log: (line) => lines.push(line) })
    await Promise.all([server.stop(), server.stop()])
    await server.stop()
    expect(processIdentity(server.pid)).toBeUndefined()
    expect(existsSync(join(dataDir, 'postgres', 'postmaster.pid'))).toBe(false)
    await vi.waitFor(() => expect(lines).toContain('LOG:  database system is shut down'), 10_000)
    expect(onExit).not.toHaveBeenCalled()
  })

  it('does not wait for clients', async () => {
    const server = await startEmbeddedPostgres({ dataDir: await usedDataDir(), settings: hasty })
    const idle = connect(`${server.host}/.s.PGSQL.${server.port}`)
    idle.on('error', () => {})
    await once(idle, 'connect')
    const busy = ask(server, 'select pg_sleep(3600)').catch((error: Error) => error)
    await vi.waitFor(async () => {
      expect(await ask(server, "select 1 as one from pg_stat_activity where wait_event = 'PgSleep'")).toEqual([
        { one: 1 },
      ])
    }, 10_000)
    await server.stop()
    expect(await busy).toBeInstanceOf(Error)
    idle.destroy()
  })

  it('of the server alone is reported', async () => {
    const ended = Promise.withResolvers<unknown[]>()
    const dataDir = await usedDataDir()
    const server = await startEmbeddedPostgres({
      dataDir,
      settings: hasty,
      onExit: (...how) => ended.resolve(how),
    })
    process.kill(server.pid, 'SIGKILL')
    expect(await ended.promise).toEqual([null, 'SIGKILL'])
    await server.stop()
    await withServer({ dataDir, settings: hasty }, (next) => ask(next, 'select 1'))
  })
})

describe('after kill -9', () => {
  it('of the supervisor, the server it left is stopped in order and a new one has the rows', async () => {
    const dataDir = await usedDataDir()
    const first = supervise('serve', dataDir)
    const orphan = await first.hear((said) => said.ready)
    await ask(orphan, 'create table kept as select 42 as answer')
    await first.kill()
    expect(processIdentity(orphan.pid)).toBeDefined()
    const lines: string[] = []
    await withServer({ dataDir, log: (line) => lines.push(line) }, async (server) => {
      expect(processIdentity(orphan.pid)).toBeUndefined()
      expect(server.pid).not.toBe(orphan.pid)
      expect(await ask(server, 'select answer from kept')).toEqual([{ answer: 42 }])
    })
    expect(lines.filter((line) => line.includes('was not properly shut down'))).toEqual([])
  })

  it.each(['everything', 'the supervisor first', 'the postmaster only'])(
    'of %s during writes, every acknowledged row is there (two rounds)',
    async (what) => {
      const dataDir = await usedDataDir()
      for (const enough of [40, 130]) {
        const writer = supervise('write', dataDir)
        const { pid } = await writer.hear((said) => said.ready)
        await vi.waitFor(() => expect(writer.said.filter((said) => said.acknowledged).length).toBeGreaterThan(enough), {
          timeout: 20_000,
          interval: 1,
        })
        if (what === 'the supervisor first') await writer.kill()
        if (what === 'the postmaster only') process.kill(pid, 'SIGKILL')
        else killPostgres(dataDir)
        await writer.kill()
        const acknowledged = writer.said.flatMap((said) => said.acknowledged ?? [])
        const rows = await withServer({ dataDir }, (server) => ask(server, 'select n::int from written'))
        const there = new Set(rows.map((row) => row['n']))
        expect(acknowledged.filter((n) => !there.has(n))).toEqual([])
      }
    },
    60_000,
  )

  it.runIf(onLinux)('of everything, the next server removes the shared memory and sockets that were left', async () => {
    const dataDir = await usedDataDir()
    const first = await startEmbeddedPostgres({ dataDir, settings: hasty })
    const shared = /\/dev\/shm\/PostgreSQL\.\d+/.exec(readFileSync(`/proc/${first.pid}/maps`, 'utf8'))![0]
    killPostgres(dataDir)
    await first.stop()
    expect([shared, `${first.host}/.s.PGSQL.5432`].map((path) => existsSync(path))).toEqual([true, true])
    const next = await startEmbeddedPostgres({ dataDir, settings: hasty })
    expect(existsSync(shared)).toBe(false)
    await next.stop()
    expect(existsSync(`${first.host}/.s.PGSQL.5432`)).toBe(false)
    // proc_sysvipc(5): the key, PostgreSQL's is the folder's inode, is the first column.
    const keys = readFileSync('/proc/sysvipc/shm', 'utf8')
      .split('\n')
      .map((line) => Number(line.trim().split(/\s+/)[0]) >>> 0)
    expect(keys).not.toContain(statSync(join(dataDir, 'postgres')).ino)
  })

  it('of the postmaster only, backends that still work do not keep the new server out', async () => {
    const dataDir = await usedDataDir()
    const first = await startEmbeddedPostgres({ dataDir, settings: hasty })
    // Computes without ever looking whether its postmaster lives.
    const busy = ask(first, `do 'begin loop end loop; end'`).catch((error: Error) => error)
    await vi.waitFor(async () => {
      expect(
        await ask(first, "select 1 as one from pg_stat_activity where query like 'do %' and state = 'active'"),
      ).toEqual([{ one: 1 }])
    }, 10_000)
    process.kill(first.pid, 'SIGKILL')
    await withServer({ dataDir, settings: hasty }, async (server) => {
      expect(await ask(server, 'select 1 as one')).toEqual([{ one: 1 }])
    })
    expect(await busy).toBeInstanceOf(Error)
  })

  it.runIf(onLinux)('processes that do not even react to signals any more are ended', async () => {
    const dataDir = await usedDataDir()
    const first = await startEmbeddedPostgres({ dataDir, settings: hasty })
    const clusterDir = join(dataDir, 'postgres')
    const all = processesIn('postgres', clusterDir)
    expect(all.length).toBeGreaterThan(1)
    for (const pid of all) process.kill(pid, 'SIGSTOP')
    await clearLeftovers({ clusterDir, socketDir: clusterDir, log() {}, patience: { fast: 50, immediate: 50 } })
    expect(processesIn('postgres', clusterDir)).toEqual([])
    await first.stop()
    await withServer({ dataDir, settings: hasty }, (server) => ask(server, 'select 1'))
  })

  it.each(['of supervisor and initdb', 'of the supervisor only'])(
    '%s in the middle of initdb, no half cluster is believed',
    async (what) => {
      const dataDir = temporaryFolder()
      const first = supervise('serve', dataDir)
      const workshop = () => readdirSync(dataDir).filter((name) => name.startsWith('postgres.new-'))
      await vi.waitFor(
        () => expect(existsSync(join(dataDir, workshop()[0] ?? '', 'cluster', 'PG_VERSION'))).toBe(true),
        { timeout: 20_000, interval: 1 },
      )
      const unfinished = join(dataDir, workshop()[0]!, 'cluster')
      await first.kill()
      if (what === 'of supervisor and initdb') {
        for (const pid of processesIn('initdb', unfinished)) process.kill(pid, 'SIGKILL')
      }
      expect(existsSync(join(dataDir, 'postgres'))).toBe(false)
      await withServer({ dataDir, settings: hasty }, async (server) => {
        expect(await ask(server, 'select 1 as one')).toEqual([{ one: 1 }])
      })
    },
  )

  it('a process number that belongs to another program now is left alone', async () => {
    const dataDir = await usedDataDir()
    const cluster = join(dataDir, 'postgres')
    // The worst case: it works in the cluster's folder, as an operator's shell might.
    const bystander = spawn('/bin/sh', ['-c', 'echo 1; exec sleep 1000'], {
      cwd: cluster,
      ...(asRoot ? nobody() : {}),
    })
    await once(bystander.stdout, 'data')
    for (const file of ['postmaster.pid', '.s.PGSQL.5432.lock']) {
      writeFileSync(join(cluster, file), `${bystander.pid}\n${cluster}\n1\n5432\n.\n\n0 0\nready\n`)
    }
    await withServer({ dataDir, settings: hasty }, async (server) => {
      expect(await ask(server, 'select 1 as one')).toEqual([{ one: 1 }])
    })
    expect(processIdentity(bystander.pid!)).toBeDefined()
    bystander.kill('SIGKILL')
    await once(bystander, 'exit')
  })

  it.each(['', 'nonsense\n'])('a damaged pid file (%j) does not keep the server out', async (content) => {
    const dataDir = await usedDataDir()
    writeFileSync(join(dataDir, 'postgres', 'postmaster.pid'), content)
    await withServer({ dataDir, settings: hasty }, async (server) => {
      expect(await ask(server, 'select 1 as one')).toEqual([{ one: 1 }])
    })
  })
})

describe('two servers on one DATA_DIR', () => {
  it('started at the same moment: one serves, the other one says so in one line', async () => {
    const dataDir = temporaryFolder()
    const programs = [supervise('serve', dataDir), supervise('serve', dataDir)]
    const outcomes = await Promise.all(
      programs.map((program) => program.hear((said) => said.failed ?? (said.ready && 'serves'))),
    )
    const winner = programs[outcomes.indexOf('serves')]!
    expect(outcomes.toSorted()).toEqual([
      `DATA_DIR ${dataDir} is in use by another Parlance server (process ${winner.child.pid}). Stop it first, or choose another DATA_DIR.`,
      'serves',
    ])
    const ready = await winner.hear((said) => said.ready)
    expect(await ask(ready, 'select 1 as one')).toEqual([{ one: 1 }])
    await winner.finish()
  })
})

it.runIf(onLinux)(
  'Ctrl-C in a terminal does not reach the database before the program has ended its work',
  async () => {
    await withServer({ dataDir: await usedDataDir(), settings: hasty }, async ({ pid }) => {
      const groupOf = (process: number) =>
        spawnSync('ps', ['-o', 'pgid=', '-p', String(process)], { encoding: 'utf8' }).stdout.trim()
      expect(groupOf(pid)).toBe(String(pid))
    })
  },
)
