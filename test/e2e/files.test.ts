/** Files in team conversations, as people meet them: attached, shown, found again in View All Files, and looked at. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Locator, Route } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { realEngines } from '#test/support/real-engines.ts'
import { startTestServer, type TestPerson, type TestServer } from '#test/support/server.ts'
import { seedFile, seedTeamMessage } from '#test/support/team-seeds.ts'
import { expectAccessible, launchBrowser, openPage, phone, signIn, type WatchedPage } from './browser.ts'

let server: TestServer
let browser: Awaited<ReturnType<typeof launchBrowser>>
let watched: WatchedPage
let ada: TestPerson
let grace: TestPerson
let team: string
const opened: WatchedPage[] = []

beforeAll(async () => {
  server = await startTestServer({ engines: realEngines() })
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})
beforeEach(async () => {
  ada = await server.newPerson()
  grace = await server.newPerson()
  const made = await ada.request('POST', '/api/team/conversations', {
    type: 'group',
    title: 'Autumn',
    personIds: [grace.id],
  })
  expect(made.status).toBe(201)
  team = made.body.id
  watched = await openAs(ada)
})
afterEach(async () => {
  const complaints = opened.flatMap((one) => one.complaints)
  for (const { context } of opened.splice(0)) await context.close()
  expect(complaints).toEqual([])
})

const openAs = async (person: TestPerson, options: Parameters<typeof openPage>[2] = {}): Promise<WatchedPage> => {
  const visitor = await openPage(browser, server.url, options)
  opened.push(visitor)
  await signIn(visitor, server.url, person)
  return visitor
}

/** What is asked of a picture in the page. */
interface Picture {
  readonly naturalWidth: number
}

interface Chosen {
  readonly name: string
  readonly mimeType: string
  readonly buffer: Buffer
}

const picture = async (name: string, width = 300, height = 200): Promise<Chosen> => ({
  name,
  mimeType: 'image/png',
  buffer: await sharp({ create: { width, height, channels: 3, background: '#2a7' } })
    .png()
    .toBuffer(),
})

const text = (name: string, content: string): Chosen => ({
  name,
  mimeType: 'text/plain',
  buffer: Buffer.from(content),
})

/** Sends a message with one file each, the oldest first; returns the ids of the messages. */
const share = async (by: TestPerson, ...files: readonly Chosen[]): Promise<string[]> => {
  const messages: string[] = []
  for (const { name, mimeType, buffer } of files) {
    const form = new FormData()
    form.append('file', new File([new Uint8Array(buffer)], name, { type: mimeType }))
    const answer = await fetch(`${server.url}/api/files?conversationId=${team}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${by.token}` },
      body: form,
    })
    const { data } = (await answer.json()) as { data: { file: { id: string } }[] }
    const posted = await by.request('POST', `/api/team/conversations/${team}/messages`, {
      content: `With ${name}`,
      fileIds: [data[0]!.file.id],
    })
    expect(posted.status).toBe(201)
    messages.push(posted.body.id)
  }
  return messages
}

/** Documents without bytes, the first one the oldest. */
const seedDocuments = async (by: TestPerson, names: readonly string[], columns = {}): Promise<void> => {
  const { owner } = server.database
  for (const name of names) {
    const messageId = await seedTeamMessage(owner, { conversationId: team, senderId: by.id }, { type: 'file' })
    await seedFile(owner, { conversationId: team, uploaderId: by.id, messageId }, { name, ...columns })
  }
}

const composer = () => watched.page.getByRole('textbox', { name: 'Write a message' })
const tray = () => watched.page.getByRole('list', { name: 'Attached files' })
const attachInput = () => watched.page.getByTestId('attach-input')
const modal = () => watched.page.getByTestId('all-files')
const viewer = () => watched.page.getByTestId('file-viewer')
const range = () => modal().getByTestId('shown-range')

/** The files that are listed, by name and in their order. */
const listed = (): Promise<(string | null)[]> =>
  modal()
    .locator('[data-testid^="file-preview-"] [title]')
    .evaluateAll((names) => names.map((name) => name.getAttribute('title')))

const expectListed = async (names: readonly string[]) => await expect.poll(listed).toEqual(names)
const expectText = async (where: Locator, wanted: string) => await expect.poll(() => where.textContent()).toBe(wanted)

const openAll = async (kind: 'media' | 'docs'): Promise<void> => {
  await watched.page.goto(`/app/teams/${team}?panel=info`)
  await watched.page.getByTestId(`view-all-${kind}-button`).click()
  await modal().waitFor()
}

describe('a message with files', () => {
  test('is sent with what was attached, and the others see the picture without a reload', async () => {
    const { page } = watched
    const other = await openAs(grace)
    await other.page.goto(`/app/teams/${team}`)
    await other.page.getByRole('textbox', { name: 'Write a message' }).waitFor()
    await page.goto(`/app/teams/${team}`)
    await attachInput().setInputFiles([await picture('harbour.png'), text('notes.md', '# Notes')])
    await tray().getByRole('button', { name: 'Remove harbour.png' }).waitFor()
    await tray().getByRole('button', { name: 'Remove notes.md' }).waitFor()
    await expectAccessible(page)
    await composer().fill('From the walk')
    await page.keyboard.press('Enter')
    for (const { page: seen } of [watched, other]) {
      const shown = seen.getByRole('button', { name: 'Open harbour.png' }).getByRole('img')
      await shown.waitFor()
      await expect.poll(() => shown.evaluate((image) => (image as unknown as Picture).naturalWidth)).toBeGreaterThan(0)
      // As large as it is, before its bytes come and afterwards.
      expect(await shown.boundingBox()).toMatchObject({ width: 300, height: 200 })
      await seen.getByRole('button', { name: 'notes.md' }).first().waitFor()
    }
    await tray().waitFor({ state: 'detached' })
  })

  test('says at the file why it was refused, and goes without it', async () => {
    const { page } = watched
    await page.goto(`/app/teams/${team}`)
    await attachInput().setInputFiles([text('nothing.txt', ''), text('something.txt', 'Something')])
    await tray().getByText('The file is empty.').waitFor()
    await tray().getByRole('button', { name: 'Remove nothing.txt' }).click()
    await composer().fill('Here it is')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByRole('button', { name: 'something.txt' }).first().waitFor()
    const { body } = await ada.request('GET', `/api/conversations/${team}/messages`)
    expect(body.data[0].attachments.map(({ fileName }: { fileName: string }) => fileName)).toEqual(['something.txt'])
  })

  test('keeps its files over a reload and over a connection that was lost', async () => {
    const { page, context } = watched
    await page.goto(`/app/teams/${team}`)
    await composer().waitFor()
    await context.setOffline(true)
    await attachInput().setInputFiles(text('written on a train.txt', 'Words'))
    await tray().getByRole('alert').waitFor()
    await page.getByText('this page connects again by itself').waitFor()
    await context.setOffline(false)
    await tray().getByRole('alert').waitFor({ state: 'detached' })
    await tray().getByRole('button', { name: 'Remove written on a train.txt' }).waitFor()
    await page.reload()
    await tray().getByRole('button', { name: 'Remove written on a train.txt' }).waitFor()
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByRole('button', { name: 'written on a train.txt' }).first().waitFor()
  })

  test('takes a large file along that was sent in pieces', async () => {
    const { page } = watched
    await page.goto(`/app/teams/${team}`)
    const began = page.waitForResponse(
      (response) => response.url().endsWith('/api/files/uploads') && response.request().method() === 'POST',
    )
    const folder = await mkdtemp(path.join(tmpdir(), 'parlance-large-'))
    try {
      await writeFile(path.join(folder, 'log.txt'), 'a line of text\n'.repeat(1_400_000))
      await attachInput().setInputFiles(path.join(folder, 'log.txt'))
      expect((await began).status()).toBe(201)
      await tray().getByRole('button', { name: 'Remove log.txt' }).waitFor()
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByRole('button', { name: 'log.txt' }).first().click()
    await viewer().getByText('This is the beginning. Download the file to read all of it.').waitFor()
  })

  test('takes what is dropped on the conversation and what is pasted', async () => {
    const { page } = watched
    await page.goto(`/app/teams/${team}`)
    await composer().waitFor()
    const transfer = await page.evaluateHandle(`(() => {
      const data = new DataTransfer()
      data.items.add(new File(['dropped'], 'dropped.txt', { type: 'text/plain' }))
      return data
    })()`)
    const area = page.getByRole('main')
    await composer().dispatchEvent('dragover', { dataTransfer: transfer })
    await area.getByText('Drop files here to attach them').waitFor()
    await composer().dispatchEvent('drop', { dataTransfer: transfer })
    await tray().getByRole('button', { name: 'Remove dropped.txt' }).waitFor()
    await composer().focus()
    await page.evaluate(`(() => {
      const clipboardData = new DataTransfer()
      clipboardData.items.add(new File(['pasted'], 'pasted.csv', { type: 'text/csv' }))
      document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
    })()`)
    await tray().getByRole('button', { name: 'Remove pasted.csv' }).waitFor()
  })
})

describe('View All Files', () => {
  test('shows pictures and videos as a grid and documents as a list, each with what is said of it', async () => {
    await share(ada, await picture('a very long name of a harbour.png'), await picture('quay.png'))
    await share(grace, text('minutes.txt', 'Words'))
    await openAll('media')
    await modal().getByRole('heading', { name: 'All photos and videos – Autumn' }).waitFor()
    await expectListed(['quay.png', 'a very long name of a harbour.png'])
    expect(await modal().getByText('…', { exact: false }).first().textContent()).toHaveLength(20)
    await expectText(range(), 'Showing 1–2 of 2 files')
    await expectAccessible(watched.page)
    await watched.page.keyboard.press('Escape')
    await modal().waitFor({ state: 'detached' })

    await watched.page.getByTestId('view-all-docs-button').click()
    await modal().getByRole('heading', { name: 'All documents – Autumn' }).waitFor()
    const row = modal().getByRole('listitem').filter({ hasText: 'minutes.txt' })
    await expect.poll(() => row.innerText()).toMatch(/5 byte\s+\d{4}-\d\d-\d\d \d\d:\d\d\s+\S+/)
    await expectAccessible(watched.page)
    await modal().getByTestId('close-modal-button').click()
    await modal().waitFor({ state: 'detached' })
    // The focus is back where it came from.
    await expect
      .poll(() => watched.page.evaluate(`document.activeElement.getAttribute('data-testid')`))
      .toBe('view-all-docs-button')
  })

  test('is searched without case and accents, filtered by type and sender, and says what is chosen', async () => {
    await seedDocuments(ada, ['Báo cáo.pdf'], { size: 2000 })
    await seedDocuments(ada, ['plan.pdf'])
    await seedDocuments(grace, ['Báo cáo.docx'], { content_type: 'application/msword', category: 'word', size: 9000 })
    await openAll('docs')
    await expectListed(['Báo cáo.docx', 'plan.pdf', 'Báo cáo.pdf'])
    await modal().getByTestId('search-input').fill('BAO CAO')
    await expectListed(['Báo cáo.docx', 'Báo cáo.pdf'])
    await modal().getByTestId('filter-type-word').click()
    await expectListed(['Báo cáo.docx'])
    const pills = modal().getByRole('list', { name: 'Filters' })
    await pills.getByRole('button', { name: 'Remove filter: Word' }).click()
    await expectListed(['Báo cáo.docx', 'Báo cáo.pdf'])
    await modal().getByTestId('filter-senders').click()
    await watched.page
      .getByRole('menuitemcheckbox')
      .filter({ hasText: grace.email.split('@')[0]! })
      .click()
    await watched.page.keyboard.press('Escape')
    await expectListed(['Báo cáo.docx'])
    await modal().getByTestId('filter-type-pdf').click()
    await modal().getByTestId('empty-state-docs').getByText('No file matches.').waitFor()
    await pills.getByTestId('clear-filters-button').click()
    await expectListed(['Báo cáo.docx', 'plan.pdf', 'Báo cáo.pdf'])
    expect(await modal().getByTestId('search-input').inputValue()).toBe('')

    await modal().getByTestId('sort-dropdown').selectOption('largest')
    await expectListed(['Báo cáo.docx', 'Báo cáo.pdf', 'plan.pdf'])
    await modal().getByTestId('sort-dropdown').selectOption('oldest')
    await expectListed(['Báo cáo.pdf', 'plan.pdf', 'Báo cáo.docx'])
    await modal().getByTestId('filter-date').selectOption('older')
    await modal().getByTestId('empty-state-docs').waitFor()
    await modal().getByTestId('filter-date').selectOption('today')
    await expectListed(['Báo cáo.pdf', 'plan.pdf', 'Báo cáo.docx'])
    // Closed and opened again, nothing of it is left.
    await modal().getByTestId('close-modal-button').click()
    await watched.page.getByTestId('view-all-docs-button').click()
    await expectListed(['Báo cáo.docx', 'plan.pdf', 'Báo cáo.pdf'])
    expect(await modal().getByTestId('filter-pills').count()).toBe(0)
  })

  test('has pages of 50 with at most five numbers, and a filter leads back to the first one', async () => {
    const names = Array.from({ length: 307 }, (_, index) => `${String(index).padStart(3, '0')}.pdf`)
    await seedDocuments(ada, names)
    await openAll('docs')
    await expectText(range(), 'Showing 1–50 of 307 files')
    const numbers = modal()
      .getByRole('navigation', { name: 'Pages' })
      .getByRole('button', { name: /^Page \d/ })
    expect(await numbers.allInnerTexts()).toEqual(['1', '2', '3', '4', '5'])
    await modal().getByTestId('page-5').click()
    await expectText(range(), 'Showing 201–250 of 307 files')
    expect(await numbers.allInnerTexts()).toEqual(['3', '4', '5', '6', '7'])
    await modal().getByTestId('page-7').click()
    await expectText(range(), 'Showing 301–307 of 307 files')
    await expectListed(['006.pdf', '005.pdf', '004.pdf', '003.pdf', '002.pdf', '001.pdf', '000.pdf'])
    expect(await modal().getByTestId('page-next').isDisabled()).toBe(true)
    await modal().getByTestId('search-input').fill('0')
    await expect.poll(() => range().textContent()).toMatch(/^Showing 1–50 of /)
  })

  test('says when there is nothing, when it failed and how to go on, and when it is not for this person', async () => {
    const { page } = watched
    await page.goto(`/app/teams/${team}?panel=info`)
    await page.getByText('No documents yet.').waitFor()
    expect(await page.getByTestId('view-all-docs-button').count()).toBe(0)
    await share(ada, text('only.txt', 'Words'))
    const answers: Record<string, Parameters<Route['fulfill']>[0]> = {
      broken: {
        status: 500,
        contentType: 'application/problem+json',
        body: JSON.stringify({ code: 'server.internal', detail: 'Broken.', retryable: false }),
      },
      forbidden: {
        status: 403,
        contentType: 'application/problem+json',
        body: JSON.stringify({ code: 'conversation.forbidden', detail: 'No.', retryable: false }),
      },
    }
    let answer: keyof typeof answers | undefined
    await page.route('**/files?*limit=50*', (route) => (answer ? route.fulfill(answers[answer]) : route.continue()))
    answer = 'broken'
    await openAll('docs')
    await modal().getByTestId('error-state').getByText('The data could not be loaded.').waitFor()
    await expectAccessible(page)
    answer = undefined
    await modal().getByTestId('retry-button').click()
    await expectListed(['only.txt'])
    answer = 'forbidden'
    await modal().getByTestId('filter-type-other').click()
    await modal().getByTestId('error-state').getByText('You have no permission to see this.').waitFor()
    expect(await modal().getByTestId('retry-button').count()).toBe(0)
  })

  test('asks a server that stumbles again after 1, 2 and 4 seconds, and no more', async () => {
    const { page } = watched
    await share(ada, text('only.txt', 'Words'))
    const asked: number[] = []
    await page.route('**/files?*limit=50*', (route) => {
      asked.push(performance.now())
      return route.fulfill({
        status: 503,
        contentType: 'application/problem+json',
        body: JSON.stringify({ code: 'server.unavailable', detail: 'Later.', retryable: true }),
      })
    })
    await openAll('docs')
    await modal().getByTestId('retry-button').waitFor()
    expect(asked).toHaveLength(4)
    for (const [index, seconds] of [1, 2, 4].entries()) {
      expect(asked[index + 1]! - asked[index]!).toBeGreaterThanOrEqual(seconds * 1000)
    }
  })

  test('fits a phone: two columns, documents in two lines, nothing that scrolls sideways', async () => {
    await share(ada, await picture('a.png'), await picture('b.png'), await picture('c.png'), text('d.txt', 'Words'))
    watched = await openAs(ada, { viewport: phone })
    await openAll('media')
    const grid = modal().getByTestId('media-grid')
    await grid.waitFor()
    const columns = `getComputedStyle(document.querySelector('[data-testid=media-grid]')).gridTemplateColumns`
    expect(await watched.page.evaluate(`${columns}.split(' ').length`)).toBe(2)
    const fits = () => watched.page.evaluate(`document.documentElement.scrollWidth <= innerWidth`)
    expect(await fits()).toBe(true)
    expect((await modal().boundingBox())!.width).toBeCloseTo(phone.width * 0.9, 0)
    await expectAccessible(watched.page)
    await modal().getByTestId('close-modal-button').click()
    await watched.page.getByTestId('view-all-docs-button').click()
    await expectListed(['d.txt'])
    await modal().getByRole('button', { name: 'd.txt' }).click()
    await viewer().getByText('Words').waitFor()
    expect(await fits()).toBe(true)
    await expectAccessible(watched.page)
  })
})

describe('a file that is looked at', () => {
  test('is one of all that match: the arrow keys go on across pages', async () => {
    await seedDocuments(
      ada,
      Array.from({ length: 51 }, (_, index) => `${String(index).padStart(2, '0')}.docx`),
      { content_type: 'application/msword', category: 'word' },
    )
    await openAll('docs')
    await modal().getByRole('button', { name: '01.docx' }).click()
    const title = (name: string) => viewer().getByRole('heading', { name }).waitFor()
    await title('01.docx')
    await viewer().getByText('50 of 51').waitFor()
    await watched.page.keyboard.press('ArrowRight')
    await title('00.docx')
    await viewer().getByText('51 of 51').waitFor()
    await watched.page.keyboard.press('ArrowRight')
    await watched.page.keyboard.press('ArrowLeft')
    await title('01.docx')
    await viewer().getByTestId('no-preview').getByRole('link', { name: 'Download' }).waitFor()
    await expectAccessible(watched.page)
    // The first Esc leaves the file, the second one the list.
    await watched.page.keyboard.press('Escape')
    await viewer().waitFor({ state: 'detached' })
    expect(await modal().count()).toBe(1)
    // Where the reader was last is where the focus is.
    await modal().locator('button:focus', { hasText: '01.docx' }).waitFor()
  })

  test('can be downloaded, linked to, and found in its conversation', async () => {
    const { page, context } = watched
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: server.url })
    const [message] = await share(ada, text('Ghi chú.txt', 'Xin chào'))
    for (let index = 0; index < 30; index += 1) {
      await seedTeamMessage(server.database.owner, { conversationId: team, senderId: grace.id })
    }
    await openAll('docs')
    await modal().getByRole('button', { name: 'Ghi chú.txt' }).click()
    await viewer().getByText('Xin chào').waitFor()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      viewer().getByTestId('preview-action-download').click(),
    ])
    expect(download.suggestedFilename()).toBe('Ghi chú.txt')
    expect(await readFile(await download.path(), 'utf8')).toBe('Xin chào')

    await viewer().getByTestId('preview-action-copy-link').click()
    await viewer().getByRole('button', { name: 'Copied' }).waitFor()
    const link = await page.evaluate<string>(`navigator.clipboard.readText()`)
    expect(new URL(link).origin).toBe(server.url)
    expect((await grace.request('GET', new URL(link).pathname)).body).toBe('Xin chào')
    expect((await (await server.newPerson()).request('GET', new URL(link).pathname)).status).toBe(403)

    await viewer().getByTestId('preview-action-view-message').click()
    await viewer().waitFor({ state: 'detached' })
    expect(await modal().count()).toBe(0)
    const row = page.locator(`#message-${message}`)
    await row.and(page.locator('[data-highlighted]')).waitFor()
    const [{ y, height }, area] = [(await row.boundingBox())!, (await page.getByRole('log').boundingBox())!]
    expect(y).toBeGreaterThanOrEqual(area.y)
    expect(y + height).toBeLessThanOrEqual(area.y + area.height)
    await page.locator('[data-highlighted]').waitFor({ state: 'detached' })
  })

  test('whose message was deleted says so instead of leading nowhere', async () => {
    const { page } = watched
    const [message] = await share(ada, text('gone.txt', 'Words'))
    await openAll('docs')
    await modal().getByRole('button', { name: 'gone.txt' }).click()
    await viewer().getByText('Words').waitFor()
    await server.database.owner.query('update messages set deleted_at = now() where message_id = $1', [message])
    await page.goto(`/app/teams/${team}?message=${message}`)
    await page.getByText('This message was deleted.').waitFor()
  })

  test('is set when it is Markdown, coloured when it is code, and turned over when it is a PDF', async () => {
    await share(ada, text('README.md', '# Read me\n\nSome *words*.'), text('main.ts', 'export const x = 1'))
    await share(ada, { name: 'two pages.pdf', mimeType: 'application/pdf', buffer: twoPages() })
    await openAll('docs')
    await modal().getByRole('button', { name: 'two pages.pdf' }).click()
    await viewer().getByText('Page 1 of 2').waitFor()
    await viewer().getByRole('button', { name: 'Next page' }).click()
    await viewer().getByText('Page 2 of 2').waitFor()
    const page = viewer().getByRole('img', { name: 'Page 2 of two pages.pdf' })
    await expect.poll(() => page.evaluate((image) => (image as unknown as Picture).naturalWidth)).toBeGreaterThan(0)
    await viewer().getByRole('button', { name: 'Next file' }).click()
    await viewer().locator('pre').getByText('export const x = 1').waitFor()
    await watched.page.keyboard.press('ArrowRight')
    await viewer().getByRole('heading', { name: 'Read me' }).waitFor()
  })

  test('is converted by the keyboard from there, and what can not be converted says so in its place', async () => {
    const { page } = watched
    await share(ada, text('README.md', '# Read me'))
    await openAll('docs')
    await modal().getByRole('button', { name: 'README.md' }).click()
    const convert = viewer().getByRole('button', { name: 'Convert…' })
    await convert.press('Enter')
    await page.getByRole('menu', { name: 'Convert…' }).waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => page.evaluate('document.activeElement?.getAttribute("aria-label")')).toBe('Convert…')
    await convert.press('Enter')
    const download = page.waitForEvent('download')
    await page.getByRole('menuitem', { name: 'HTML' }).press('Enter')
    expect((await download).suggestedFilename()).toBe('README.html')

    const body = JSON.stringify({ type: 'about:blank', title: 'Conflict', status: 409, detail: 'It is broken.' })
    await page.route('**/as/docx', (route) =>
      route.fulfill({ status: 409, contentType: 'application/problem+json', body }),
    )
    await convert.press('Enter')
    await page.getByRole('menuitem', { name: 'DOCX' }).press('Enter')
    await viewer().getByRole('alert').getByText('Not converted to Word.').waitFor()
    await expectAccessible(page)
  })
})

/** The smallest PDF of two empty pages. */
const twoPages = (): Buffer => {
  const page = '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 400] >>'
  const objects = ['<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Count 2 /Kids [3 0 R 4 0 R] >>', page, page]
  let pdf = '%PDF-1.4\n'
  const places = objects.map((object, index) => {
    const place = pdf.length
    pdf += `${index + 1} 0 obj\n${object}\nendobj\n`
    return `${String(place).padStart(10, '0')} 00000 n \n`
  })
  const start = pdf.length
  pdf += `xref\n0 5\n0000000000 65535 f \n${places.join('')}trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`
  return Buffer.from(pdf)
}
