/** The peer for bytes: one nginx process that serves a folder and receives into it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findProgram } from '../scripts/apt.ts'
import { provide } from '../scripts/test/needs.ts'
import { ended, freePort } from './parlance.ts'

/** Where nginx is; installed first where that may be done without asking. */
export const findNginx = (tell: (line: string) => void): string | undefined => {
  provide(['nginx'], tell)
  return findProgram('nginx')
}

/** Serves `<folder>/files` at `/`, and keeps there what is PUT, for as long as the work takes. */
export const withNginx = async <Result>(
  program: string,
  folder: string,
  work: (port: number) => Promise<Result>,
): Promise<Result> => {
  const port = await freePort()
  for (const name of ['files', 'temp']) await mkdir(path.join(folder, name), { recursive: true })
  const settings = path.join(folder, 'nginx.conf')
  await writeFile(settings, settingsOf(folder, port))
  const child = spawn(program, ['-c', settings, '-p', folder, '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  try {
    while (!(await listens(port))) {
      if (child.exitCode !== null) throw new Error('nginx ended at once.')
      await sleep(10)
    }
    return await work(port)
  } finally {
    await ended(child)
  }
}

const settingsOf = (folder: string, port: number): string => {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/temp;`,
  )
  return `
    daemon off;
    master_process off;
    pid ${folder}/nginx.pid;
    events {}
    http {
      access_log off;
      sendfile on;
      client_max_body_size 0;
      ${temporary.join(' ')}
      server {
        listen 127.0.0.1:${port};
        root ${folder}/files;
        location / { dav_methods PUT; }
      }
    }`
}

const listens = async (port: number): Promise<boolean> => {
  const socket = connect({ port, host: '127.0.0.1' })
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
