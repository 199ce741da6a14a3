/** Programs that do what hostile files could make them do: they get nowhere, and nothing of them stays. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { createReadStream } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { openSandbox, type SandboxedCommand, type SandboxLimits, type SandboxOutcome } from './sandbox.ts'

const MB = 1024 * 1024
const sandbox = openSandbox()

type Options = Omit<Partial<SandboxedCommand>, 'limits'> & {
  readonly limits?: Partial<SandboxLimits>
  /** Before it runs, and after. */
  readonly prepare?: (folder: string) => Promise<unknown>
  readonly look?: (folder: string) => Promise<unknown>
}

/** Runs a script of the shell in a job folder of its own. */
const run = (script: string, { prepare, look, ...options }: Options = {}): Promise<SandboxOutcome> =>
  sandbox.withJobFolder(async (folder) => {
    await prepare?.(folder)
    const outcome = await sandbox.run({ program: 'sh', args: ['-c', script], folder, ...options })
    await look?.(folder)
    return outcome
  })

const output = async (script: string, options?: Options): Promise<string> => {
  const outcome = await run(script, options)
  expect(outcome).toMatchObject({ ended: 'exit' })
  return outcome.ended === 'exit' ? outcome.stdout.toString() : ''
}

/** A pipe by which a test sees that nothing lives any more: it ends when the last process that holds it has ended. */
const LIFELINE = 'lifeline'
const makeLifeline = async (folder: string) => {
  const file = path.join(folder, LIFELINE)
  execFileSync('mkfifo', [file])
  await chmod(file, 0o666)
  return file
}

describe('a program in the sandbox', () => {
  it('runs where bubblewrap is installed', async () => {
    expect(await sandbox.isAvailable()).toBe(true)
  })
  it('works on the files of its folder, and says how it ended', async () => {
    const written: string[] = []
    const outcome = await run('tr a-z A-Z < in > out; echo told; echo complained >&2; exit 7', {
      async prepare(folder) {
        await writeFile(path.join(folder, 'in'), 'words')
        await sandbox.handOver(path.join(folder, 'in'))
      },
      look: async (folder) => written.push(await readFile(path.join(folder, 'out'), 'utf8')),
    })
    expect(outcome).toEqual({ ended: 'exit', code: 7, stdout: Buffer.from('told\n'), stderr: 'complained\n' })
    expect(written).toEqual(['WORDS'])
  })
  it('is heard line by line while it runs', async () => {
    const lines: string[] = []
    const stopped = new AbortController()
    const outcome = await run(String.raw`printf 'progress=10\nprogress=2'; printf '0\n'; printf 'é\n'; cat`, {
      program: 'sh',
      signal: stopped.signal,
      onLine: (line) => void lines.push(line),
    })
    expect(outcome).toMatchObject({ ended: 'exit', code: 0 })
    expect(lines).toEqual(['progress=10', 'progress=20', 'é'])
  })
  it('that does not exist ends with a code and nothing else', async () => {
    expect(await run('', { program: 'no-such-program', args: [] })).toMatchObject({ ended: 'exit', code: 127 })
  })
  it('leaves no folder behind, even when the work on it fails', async () => {
    let seen = ''
    const work = sandbox.withJobFolder(async (folder) => {
      seen = folder
      await sandbox.run({ program: 'sh', args: ['-c', 'mkdir -p a/b; echo x > a/b/c; chmod 0 a/b'], folder })
      throw new Error('the work failed')
    })
    await expect(work).rejects.toThrow('the work failed')
    expect(existsSync(seen)).toBe(false)
  })
})

describe('what it may see', () => {
  it('is no secret of our environment', async () => {
    process.env['PARLANCE_CANARY'] = 'canary-in-the-environment'
    const seen = await output('env; cat /proc/*/environ /proc/*/cmdline | tr "\\0" "\\n"')
    delete process.env['PARLANCE_CANARY']
    expect(seen).toContain('HOME=/tmp')
    expect(seen).not.toContain('canary')
  })
  it.each(['/etc/passwd', '/etc/shadow', '/root', '/home', '/var', '/sys', '/run', process.cwd()])(
    'is not %s',
    async (file) => {
      expect(await output(`cat '${file}' 2>&1; ls '${file}' 2>&1; true`)).toMatch(/No such file/)
    },
  )
  it('is no file of another job', async () => {
    await sandbox.withJobFolder(async (other) => {
      await writeFile(path.join(other, 'secret'), 'another job', { mode: 0o666 })
      expect(await output(`cat '${other}/secret' 2>&1; ls -A /tmp /job`)).not.toContain('another job')
    })
  })
  it('is none of our processes', async () => {
    const processes = await output('for each in /proc/[0-9]*; do cat $each/comm; done')
    expect(processes).not.toMatch(/node|vitest|postgres/)
    expect(await output(`kill -9 ${process.pid} 2>&1; true`)).toMatch(/No such process/)
  })
  it('is no network, neither ours on this machine nor any other', async () => {
    let hits = 0
    const listener = net.createServer(() => hits++).listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const { port } = listener.address() as net.AddressInfo
    const script = `
      use IO::Socket::INET;
      for my $to ("127.0.0.1:${port}", "192.0.2.1:80") {
        print IO::Socket::INET->new(PeerAddr => $to, Timeout => 2) ? "connected\\n" : "refused\\n";
      }`
    expect(await output('', { program: 'perl', args: ['-e', script] })).toBe('refused\nrefused\n')
    expect(await output('cat /proc/net/dev | grep : | cut -d: -f1 | tr -d " "')).toBe('lo\n')
    listener.close()
    expect(hits).toBe(0)
  })
})

describe('what it may change', () => {
  it.each(['/x', '/usr/bin/x', '/etc/x', '/etc/fonts/x', '/dev/x', '/proc/sys/kernel/core_pattern'])(
    'is not %s',
    async (file) => {
      expect(await output(`(echo x > '${file}') 2>&1; true`)).toMatch(/Read-only|Permission denied|Directory non/)
    },
  )
  it('is no right of its own: it is nobody, and can become nobody else', async () => {
    const seen = await output(
      'id -u; grep -E "^(CapEff|CapBnd|NoNewPrivs)" /proc/self/status; unshare -U true 2>&1; true',
    )
    expect(seen).not.toMatch(/^0\n/)
    expect(seen).toMatch(/CapEff:\s0{16}\nCapBnd:\s0{16}\nNoNewPrivs:\s1\n/)
    expect(seen).toMatch(/unshare failed|cannot open/)
  })
  it('is no terminal of ours', async () => {
    expect(await output('(echo x > /dev/tty) 2>&1; true')).toMatch(/No such device|cannot create/)
  })
})

describe('what it may use', () => {
  it('is its time', async () => {
    const started = performance.now()
    expect(await run('sleep 1000', { limits: { timeMs: 300 } })).toMatchObject({ ended: 'time' })
    expect(performance.now() - started).toBeLessThan(5000)
  })
  it('is its time, even where it ignores every signal that can be ignored', async () => {
    const script = 'trap "" TERM INT HUP; while :; do sleep 1; done'
    expect(await run(script, { limits: { timeMs: 300 } })).toMatchObject({ ended: 'time' })
  })
  it('is a number of processes: a fork bomb ends by its time, and others go on', async () => {
    const bomb = run('bomb() { bomb | bomb & }; bomb; sleep 1000', { limits: { timeMs: 1500 } })
    expect(await output('echo fine')).toBe('fine\n')
    expect(await bomb).toMatchObject({ ended: 'time' })
    const many = 'i=0; while [ $i -lt 200 ]; do sleep 1000 & i=$((i+1)); done; echo more than it should'
    const outcome = await run(many, { limits: { timeMs: 5000 } })
    expect(outcome).toMatchObject({ ended: 'exit', code: 2 })
    expect(outcome.stderr).toMatch(/Cannot fork/)
  })
  it('is memory, for one process', async () => {
    const outcome = await run('tail /dev/zero', { limits: { memoryBytes: 128 * MB } })
    expect(outcome).toMatchObject({
      ended: 'exit',
      code: 1,
      stderr: expect.stringMatching(/memory exhausted/) as string,
    })
  })
  it('is memory, for all of them together', async () => {
    const script = 'for i in 1 2 3 4 5 6; do (head -c 60000000 /dev/zero; sleep 1000) | tail -c 60000000 & done; wait'
    expect(await run(script, { limits: { memoryBytes: 200 * MB } })).toMatchObject({ ended: 'memory' })
  })
  it('is room in its folder, in one file or in many', async () => {
    const limits = { folderBytes: 8 * MB }
    const look = async (folder: string) => {
      expect(Number(execFileSync('du', ['-sk', folder]).toString().split('\t')[0])).toBeLessThan(2000 * 1024)
    }
    const one = await run('head -c 10G /dev/zero > big', { limits, look })
    expect(one).toMatchObject({ ended: 'folder' })
    const many = 'i=0; while :; do i=$((i+1)); head -c 4M /dev/zero > $i; done'
    expect(await run(many, { limits, look })).toMatchObject({ ended: 'folder' })
    const tiny = 'i=0; while :; do i=$((i+1)); mkdir -p d; : > d/$i; done'
    expect(await run(tiny, { limits: { folderBytes: MB }, look })).toMatchObject({ ended: 'folder' })
  })
  it('is little room anywhere else', async () => {
    expect(
      await output('head -c 10G /dev/zero 2>&1 > /tmp/big; head -c 10G /dev/zero 2>&1 > /dev/shm/big; true'),
    ).toMatch(/No space left[^]*No space left/)
  })
  it('is so much output', async () => {
    expect(await run('cat /dev/zero', { limits: { outputBytes: MB } })).toMatchObject({ ended: 'output' })
    const talkative = await run('head -c 100M /dev/zero >&2')
    expect(talkative).toMatchObject({ ended: 'exit', code: 0 })
    expect(talkative.stderr.length).toBeLessThan(100_000)
  })
})

describe('when it ends', () => {
  let parent: ReturnType<typeof spawn> | undefined
  afterEach(() => parent?.kill('SIGKILL'))

  it('all that it started ends with it, detached or not', async () => {
    let rest: Promise<string> | undefined
    const outcome = await run(`exec 3>${LIFELINE}; setsid sleep 1000 & (sleep 1000 &); echo started >&3; exit 0`, {
      async prepare(folder) {
        rest = text(createReadStream(await makeLifeline(folder)))
      },
    })
    expect(outcome).toMatchObject({ ended: 'exit', code: 0 })
    expect(await rest).toBe('started\n')
  })
  it('by our wish, everything ends at once', async () => {
    const stopped = new AbortController()
    let rest: Promise<string> | undefined
    const outcome = await run(`exec 3>${LIFELINE}; setsid sleep 1000 & echo started; wait`, {
      async prepare(folder) {
        rest = text(createReadStream(await makeLifeline(folder)))
      },
      signal: stopped.signal,
      onLine: () => stopped.abort(),
    })
    expect(outcome).toMatchObject({ ended: 'aborted' })
    expect(await rest).toBe('')
    expect(await run('sleep 1000', { signal: stopped.signal })).toMatchObject({ ended: 'aborted' })
  })
  it('because our own process was killed, everything ends as well', async () => {
    await sandbox.withJobFolder(async (folder) => {
      const rest = text(createReadStream(await makeLifeline(folder)))
      const script = `exec 3>${LIFELINE}; setsid sleep 1000 & echo started; wait`
      const code = `
        import { openSandbox } from ${JSON.stringify(new URL('./sandbox.ts', import.meta.url).href)}
        await openSandbox().run({
          program: 'sh', args: ['-c', ${JSON.stringify(script)}], folder: ${JSON.stringify(folder)}, onLine: console.log,
        })`
      parent = spawn(process.execPath, ['--input-type=module-typescript', '-e', code], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await once(parent.stdout!, 'data')
      parent.kill('SIGKILL')
      expect(await rest).toBe('')
    })
  })
})
