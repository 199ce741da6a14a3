/** Sessions that have files converted while servers die. It knows the HTTP contract and where bytes lie. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { JobDetails } from '#contract/conversion/index.ts'

export interface ConversionClient {
  /** What names the session in a request. */
  readonly headers: Readonly<Record<string, string>>
  /** Uploads a text and asks for its conversion; returns the id of its job. */
  convert(content: string): Promise<string>
  /** The jobs of the session. */
  jobs(): Promise<JobDetails[]>
  request(method: string, place: string, body?: unknown): Promise<any>
  /** Ends the session. */
  close(): Promise<void>
  /** The same session, at another server. */
  at(url: string): ConversionClient
}

export const beginSession = async (url: string): Promise<ConversionClient> => {
  const response = await fetch(`${url}/session/init`)
  assert.equal(response.status, 200, await response.clone().text())
  const cookie = response.headers.getSetCookie()[0]!.split(';', 1)[0]!
  const { data } = (await response.json()) as { data: { csrf_token: string } }
  return clientOf(url, { cookie, 'x-csrf-token': data.csrf_token })
}

const clientOf = (url: string, headers: Record<string, string>): ConversionClient => {
  const ask = async (
    method: string,
    place: string,
    init: { body?: string | FormData; headers?: Record<string, string> },
  ) => {
    const response = await fetch(url + place, { method, ...init, headers: { ...headers, ...init.headers } })
    const body = (await response.json()) as { data: any }
    assert.ok(response.ok, `${method} ${place}: ${response.status} ${JSON.stringify(body)}`)
    return body.data
  }
  const request = (method: string, place: string, body?: unknown) =>
    ask(
      method,
      place,
      body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } },
    )
  return {
    headers,
    request,
    async convert(content) {
      const id = randomUUID()
      const form = new FormData()
      form.append('job_id', id)
      form.append('file', new Blob([content]), 'text.txt')
      await ask('POST', '/upload', { body: form })
      await request('POST', '/convert', { job_id: id, target_format: 'md' })
      return id
    },
    jobs: async () => (await request('GET', '/session')).jobs,
    close: () => request('POST', '/session/close', {}),
    at: (other) => clientOf(other, headers),
  }
}

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Waits until every job has ended, and fails when that takes longer than it may. */
export const allEnded = async (sessions: readonly ConversionClient[], withinMs: number): Promise<JobDetails[]> => {
  const deadline = performance.now() + withinMs
  for (;;) {
    const jobs = (await Promise.all(sessions.map((session) => session.jobs()))).flat()
    const open = jobs.filter(({ status }) => status !== 'completed' && status !== 'failed')
    if (open.length === 0) return jobs
    assert.ok(performance.now() < deadline, `after ${withinMs} ms there are left: ${JSON.stringify(open)}`)
    await pause(100)
  }
}

/** What is left of conversions: files below the data folder, folders of sandboxes of these processes, programs in them. */
export const leftOf = async (dataDir: string, pids: readonly number[]): Promise<string[]> => {
  const below = async (folder: string) => {
    const entries = await readdir(path.join(dataDir, folder), { recursive: true, withFileTypes: true }).catch(() => [])
    return entries
      .filter((entry) => folder !== 'blobs' || !entry.isDirectory())
      .map((entry) => `${folder}/${entry.name}`)
  }
  const folders = (await readdir(tmpdir())).filter((name) =>
    pids.some((pid) => name.startsWith('parlance-job-') && name.includes(`-${pid}-`)),
  )
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const inSandbox = await Promise.all(
    processes.map(async (pid) => {
      const command = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')
      return pids.some((each) => command.includes(`-${each}-`) && command.includes('parlance-job-'))
        ? [`process ${pid}`]
        : []
    }),
  )
  return [
    await below('blobs'),
    await below('quarantine'),
    await below('conversion-work'),
    folders,
    inSandbox.flat(),
  ].flat()
}
