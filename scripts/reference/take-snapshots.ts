/**
 * The six snapshots of seed 1's document: what a running server answers about a small group that is made for them, over
 * HTTP and nothing else. Ids and moments would differ each time, so they are renamed, and nothing else is.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { mp4Of, pdf, pngOf } from './snapshot-files.ts'

interface Answer {
  readonly status: number
  readonly body: any
}

/** A request in a person's name: a body is sent as JSON, or as it is where it is a form. */
type Ask = (method: string, path: string, body?: object) => Promise<Answer>

/**
 * @param url of a server on which nobody has an account yet
 * @returns name of the file → its content, in the order in which they were taken
 */
export const takeSnapshots = async (url: string): Promise<Map<string, string>> => {
  const [ada, binh] = [await signUp(url, 'Nguyễn Văn A'), await signUp(url, 'Trần Thị B')]
  const newGroup = async (title: string): Promise<string> =>
    (await ada.ask('POST', '/api/team/conversations', { type: 'group', title, personIds: [binh.id] })).body.id
  const read = (id: string, query = '?limit=50') => ada.ask('GET', `/api/conversations/${id}/messages${query}`)

  const project = await newGroup('Dự án 2025')
  await shareEverything(ada.ask, binh.ask, project)
  const pictures = await newGroup('Ảnh')
  await share(binh.ask, pictures, 'screenshot_2025_01_08.png', pngOf(1920, 1080))
  await share(ada.ask, pictures, 'Ảnh Đà Lạt.png', pngOf(600, 800))
  const documents = await newGroup('Tài liệu')
  await share(ada.ask, documents, 'proposal_2025.pdf', pdf)
  await share(binh.ask, documents, 'biên bản họp.md', Buffer.from('# Biên bản họp\n'))
  const long = await newGroup('Trao đổi')
  for (let number = 1; number <= 45; number++) await post(ada.ask, long, { content: `Message ${number}` })
  const { oldestMessageId } = (await read(long, '?limit=20')).body

  const taken = [
    ['get-messages-with-files', 200, await read(project)],
    ['get-messages-image-only', 200, await read(pictures)],
    ['get-messages-document-only', 200, await read(documents)],
    ['get-messages-pagination-next', 200, await read(long, `?limit=20&before=${oldestMessageId}`)],
    ['error-401-unauthorized', 401, await asking(url)('GET', `/api/conversations/${project}/messages`)],
    ['error-404-not-found', 404, await read('550e8400-e29b-41d4-a716-446655440000')],
  ] as const
  for (const [name, status, answer] of taken) {
    if (answer.status !== status) throw new Error(`${name}: ${answer.status}, ${JSON.stringify(answer.body)}`)
  }
  return renamed(new Map(taken.map(([name, , { body }]) => [`${name}.json`, `${JSON.stringify(body, null, 2)}\n`])))
}

/** One of each: words, a thread, a picture, a document, a video; a pin, a star, a work type, a task. */
const shareEverything = async (ada: Ask, binh: Ask, group: string): Promise<void> => {
  const question = await post(ada, group, { content: 'Ai có bản đề xuất mới nhất?' })
  await post(binh, group, { content: 'Mình gửi ngay.', threadId: question })
  const proposal = await share(ada, group, 'proposal_2025.pdf', pdf)
  const screenshot = await share(binh, group, 'screenshot_2025_01_08.png', pngOf(1920, 1080))
  await share(binh, group, 'demo.mp4', await mp4Of(1280, 720, 12))
  const workType = await ada('POST', `/api/team/conversations/${group}/work-types`, { name: 'Thiết kế' })
  await ada('PUT', `/api/team/messages/${proposal}/work-type`, { workTypeId: workType.body.id })
  await ada('POST', `/api/team/conversations/${group}/tasks`, { title: 'Duyệt đề xuất', messageId: proposal })
  await ada('PUT', `/api/team/messages/${screenshot}/pin`)
  await ada('PUT', `/api/team/messages/${screenshot}/star`)
}

const post = async (ask: Ask, group: string, body: object): Promise<string> =>
  (await ask('POST', `/api/team/conversations/${group}/messages`, body)).body.id

/** Uploads a file and sends it without words. */
const share = async (ask: Ask, group: string, name: string, bytes: Buffer): Promise<string> => {
  const form = new FormData()
  form.append('file', new Blob([new Uint8Array(bytes)]), name)
  const { body } = await ask('POST', `/api/files?conversationId=${group}`, form)
  return post(ask, group, { fileIds: [body.data[0].file.id] })
}

const signUp = async (url: string, name: string): Promise<{ id: string; ask: Ask }> => {
  const email = `${Buffer.from(name).toString('hex')}@example.org`
  const response = await fetch(`${url}/api/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: 'correct horse battery' }),
  })
  const cookie = response.headers.getSetCookie()[0]!.split(';', 1)[0]!
  const ask = asking(url, { cookie })
  await ask('PATCH', '/api/app/me', { name })
  return { id: ((await response.json()) as { user: { id: string } }).user.id, ask }
}

const asking =
  (url: string, credential: Record<string, string> = {}): Ask =>
  async (method, path, body) => {
    // Two requests never fall into one millisecond, or moments that differ would sometimes be the same.
    await pause(2)
    const isForm = body instanceof FormData
    const response = await fetch(url + path, {
      method,
      headers: { ...credential, ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    })
    if (response.status >= 400 && method !== 'GET')
      throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`)
    const text = await response.text()
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
  }

const EVERY_ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
const EVERY_MOMENT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g
const FIRST_MOMENT = Date.UTC(2025, 0, 8, 14, 30)
const MINUTE = 60_000

/**
 * Ids are numbered as they first appear, moments in their order, a minute apart: what was equal stays equal, and what was
 * later stays later.
 */
const renamed = (snapshots: ReadonlyMap<string, string>): Map<string, string> => {
  const text = [...snapshots.values()].join('')
  const numbered = (values: readonly string[]) => new Map([...new Set(values)].map((value, index) => [value, index]))
  const ids = numbered(text.match(EVERY_ID) ?? [])
  const moments = numbered((text.match(EVERY_MOMENT) ?? []).toSorted())
  const newId = (id: string) => `00000000-0000-4000-8000-${String(ids.get(id)! + 1).padStart(12, '0')}`
  const newMoment = (moment: string) => new Date(FIRST_MOMENT + moments.get(moment)! * MINUTE).toISOString()
  return new Map(
    Array.from(snapshots, ([name, content]) => [
      name,
      content.replaceAll(EVERY_ID, newId).replaceAll(EVERY_MOMENT, newMoment),
    ]),
  )
}
