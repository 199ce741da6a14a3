/** The commands of seed 0's document, run with the real curl against a server whose operator trusts the x-user-id header. */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestPerson } from '#test/support/server.ts'
import { openTrainingWorld, type TrainingWorld } from './world.ts'

const run = promisify(execFile)
const NIL = '00000000-0000-0000-0000-000000000000'
/** The conversation of the document. */
const ID = '60dfa7c6-7eff-45b4-8450-715c9c893ec9'
const FILE = JSON.stringify({
  dataset_metadata: { dataset_name: `fp_conversation_${ID}`, version: '1.0.0', total_turns: 2 },
  consultant_profile: { name: 'The assistant', business: 'An advice service' },
  training_pairs: [
    { id: '1', conversation_id: ID, turn_number: 1, target_response: null },
    { id: '2', conversation_id: ID, turn_number: 2, target_response: 'Let us see.' },
  ],
})

let world: TrainingWorld
beforeAll(async () => {
  world = await openTrainingWorld({ env: { TRUST_USER_HEADER: 'true' } })
  // At first sight a person is made.
  await curl(`/api/conversations/${randomUUID()}/download`)
  const nobody = { id: NIL } as TestPerson
  await world.seedConversation(nobody, { file: FILE, raw: '{"turns":[]}', columns: { conversation_id: ID } })
})
afterAll(() => world.close())

/** `curl -X GET <address> -H …` as the document has it; the status is written behind the body. */
const curl = async (path: string, ...headers: string[]) => {
  const { stdout } = await run('curl', [
    '-s',
    '-X',
    'GET',
    world.server.url + path,
    ...headers.flatMap((header) => ['-H', header]),
    '-w',
    '\n%{http_code} %{time_total}',
  ])
  const at = stdout.lastIndexOf('\n')
  const [status, seconds] = stdout
    .slice(at + 1)
    .split(' ')
    .map(Number)
  const text = stdout.slice(0, at)
  return { status, seconds: seconds!, text, body: text.startsWith('{') ? JSON.parse(text) : undefined }
}
const asNil = `x-user-id: ${NIL}`

/** The link, at the port that this server got. */
const pathOf = (url: string): string => new URL(url).pathname + new URL(url).search

describe('the commands of prompt 1', () => {
  it('answer for a valid conversation with the six fields', async () => {
    const { status, body } = await curl(`/api/conversations/${ID}/download`, asNil)
    expect([status, body]).toEqual([
      200,
      {
        conversation_id: ID,
        download_url: expect.stringContaining(
          `/storage/v1/object/sign/conversation-files/${NIL}/${ID}/conversation.json?token=`,
        ),
        filename: 'conversation.json',
        file_size: FILE.length,
        expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/),
        expires_in_seconds: 3600,
      },
    ])
  })

  it('answer for an id that is none', async () => {
    const { status, body } = await curl('/api/conversations/invalid-id/download', asNil)
    expect([status, body]).toEqual([
      400,
      { error: 'Invalid conversation ID', message: 'Conversation ID must be a valid UUID' },
    ])
  })

  it.each(['00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-999999999999'])(
    'answer for a conversation that does not exist, %s',
    async (id) => {
      const { status, body } = await curl(`/api/conversations/${id}/download`, asNil)
      expect([status, body]).toEqual([
        404,
        {
          error: 'Conversation not found',
          message: `No conversation found with ID: ${id}`,
          conversation_id: id,
        },
      ])
    },
  )
})

describe('the test plan of prompt 3', () => {
  it('downloads the file, which is the JSON of the three parts', async () => {
    const { body } = await curl(`/api/conversations/${ID}/download`, asNil)
    const file = await curl(pathOf(body.download_url))
    expect(file.status).toBe(200)
    expect(Object.keys(file.body)).toEqual(['dataset_metadata', 'consultant_profile', 'training_pairs'])
    expect(file.body.training_pairs).toHaveLength(2)
    expect(file.body.training_pairs[0].conversation_id).toBe(ID)
  })

  it('refuses another user', async () => {
    const { status, body } = await curl(
      `/api/conversations/${ID}/download`,
      'x-user-id: 11111111-1111-1111-1111-111111111111',
    )
    expect([status, body]).toEqual([
      403,
      { error: 'Access denied', message: 'You do not have permission to download this conversation' },
    ])
  })

  it('says that there is no file where the path was set to null', async () => {
    const other = await world.seedConversation({ id: NIL } as TestPerson)
    const { status, body } = await curl(`/api/conversations/${other.id}/download`, asNil)
    expect([status, body]).toEqual([
      404,
      {
        error: 'File not found',
        message: 'No file path associated with this conversation',
        conversation_id: other.id,
      },
    ])
  })

  it('makes a link in less than a second, five times', async () => {
    for (let round = 0; round < 5; round++)
      expect((await curl(`/api/conversations/${ID}/download`, asNil)).seconds).toBeLessThan(1)
  })

  it('serves different conversations at the same time', async () => {
    const ids: string[] = []
    for (let number = 0; number < 5; number++)
      ids.push((await world.seedConversation({ id: NIL } as TestPerson, { file: `{"number":${number}}` })).id)
    const files = await Promise.all(
      ids.map(async (id) => {
        const { body } = await curl(`/api/conversations/${id}/download`, asNil)
        return (await curl(pathOf(body.download_url))).body.number
      }),
    )
    expect(files).toEqual([0, 1, 2, 3, 4])
  })

  it('opens a link twice, and not with the id of another conversation in it', async () => {
    const { body } = await curl(`/api/conversations/${ID}/download`, asNil)
    const path = pathOf(body.download_url)
    for (let use = 0; use < 2; use++) expect((await curl(path)).status).toBe(200)
    const { id } = await world.seedConversation({ id: NIL } as TestPerson, { file: FILE })
    expect((await curl(path.replace(ID, id))).status).toBe(403)
  })

  it('gives the raw answer too', async () => {
    const { body } = await curl(`/api/conversations/${ID}/download?type=raw`, asNil)
    expect([body.filename, (await curl(pathOf(body.download_url))).text]).toEqual([`${ID}.json`, '{"turns":[]}'])
  })
})

describe('a header that is trusted', () => {
  it('is the nil UUID where there is none, or an empty one', async () => {
    expect((await curl(`/api/conversations/${ID}/download`)).status).toBe(200)
    expect((await curl(`/api/conversations/${ID}/download`, 'x-user-id;')).status).toBe(200)
  })

  it('never beats a Bearer', async () => {
    const bearer = `authorization: Bearer ${world.ada.token}`
    expect((await curl(`/api/conversations/${ID}/download`, asNil, bearer)).status).toBe(403)
    expect((await curl(`/api/conversations/${ID}/download`, asNil, 'authorization: Bearer nonsense')).status).toBe(401)
  })

  it('is believed before the cookie of the page, which is believed before nobody', async () => {
    const { id } = await world.seedConversation(world.ada, { file: FILE })
    const cookie = `cookie: ${world.ada.cookie}`
    expect((await curl(`/api/conversations/${id}/download`, cookie)).status).toBe(200)
    expect((await curl(`/api/conversations/${id}/download`, cookie, asNil)).status).toBe(403)
  })

  it('makes nobody a person who signs in here', async () => {
    const { id } = await world.seedConversation(world.ada, { file: FILE })
    const { status, body } = await curl(`/api/conversations/${id}/download`, `x-user-id: ${world.ada.id}`)
    expect([status, body]).toEqual([401, { error: 'Unauthorized', message: 'Authentication required' }])
  })

  it.each(['ada', '1', "' or 1=1 --", `${NIL}, ${NIL}`, `${NIL}0`])('must be one UUID, and not %s', async (value) => {
    expect((await curl(`/api/conversations/${ID}/download`, `x-user-id: ${value}`)).status).toBe(401)
  })

  it('is one person, however many ask at once and however it is spelled', async () => {
    const id = 'ABCDEFAB-CDEF-4BCD-8FAB-CDEFABCDEFAB'
    await Promise.all(
      [id, id.toLowerCase(), id, id.toLowerCase()].map((each) =>
        curl(`/api/conversations/${ID}/download`, `x-user-id: ${each}`),
      ),
    )
    expect(await world.rows('select issuer from users where user_id = $1', [id])).toEqual([{ issuer: 'gateway' }])
  })

  it('says nothing on any other surface', async () => {
    for (const path of ['/api/conversations', `/api/conversations/${ID}`, '/api/team/conversations', '/api/app/me'])
      expect([401, 404]).toContain((await curl(path, asNil)).status)
  })

  it('is not believed of a page of another site', async () => {
    const response = await fetch(`${world.server.url}/api/training/downloads`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'sec-fetch-site': 'cross-site' },
      body: '{}',
    })
    expect([response.status, ((await response.json()) as { error: string }).error]).toEqual([403, 'Access denied'])
  })
})
