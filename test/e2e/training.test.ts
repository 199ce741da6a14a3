/** The Training area: generated conversations are found, read, reviewed, improved and downloaded. */
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freePort } from '#test/support/deployed-nginx.ts'
import { startTestServer, type TestPerson, type TestServer } from '#test/support/server.ts'
import { expectAccessible, launchBrowser, openPage, openTab, phone, signIn, type WatchedPage } from './browser.ts'

let server: TestServer
let browser: Awaited<ReturnType<typeof launchBrowser>>
let person: TestPerson
let watched: WatchedPage
let page: Page

beforeAll(async () => {
  // Links say where they lead: the server must know its address.
  server = await startTestServer({ env: { PORT: String(await freePort()) } })
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

const open = async (options: Parameters<typeof openPage>[2] = {}) => {
  watched = await openPage(browser, server.url, options)
  page = watched.page
  await signIn(watched, server.url, person)
}

beforeEach(async () => {
  person = await server.newPerson()
  await open()
})
afterEach(async () => {
  const complaints = [...watched.complaints]
  await watched.context.close()
  expect(complaints).toEqual([])
})

/** Conversations that are there already; each answer has as many words as its number. */
const imported = async (count: number): Promise<string[]> => {
  const conversations = Array.from({ length: count }, (_, index) => ({
    title: `Conversation ${String(index + 1).padStart(2, '0')}`,
    messages: [
      { role: 'user', content: `Question ${index + 1}` },
      { role: 'assistant', content: `Answer ${index + 1} from the model` },
    ],
  }))
  const answer = await person.request('POST', '/api/training/conversations/import', { tier: 'scenario', conversations })
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  return answer.body.conversation_ids
}

const row = (title: string) => page.getByRole('row').filter({ hasText: title })
const details = () => page.getByRole('dialog').first()

describe('the dashboard', () => {
  test('says what to do while there is nothing', async () => {
    await page.goto('/conversations')
    await page.getByText('No training conversations yet.').waitFor()
    await expectAccessible(page)
  })

  test('has 25 a page, is searched and filtered by its address, and keeps both through a reload', async () => {
    await imported(30)
    await page.goto('/conversations?sort=title&direction=asc')
    await row('Conversation 01').waitFor()
    expect(await page.getByRole('row').count()).toBe(26)
    await page.getByText('30 conversations').waitFor()
    await page.getByRole('button', { name: 'Next', exact: true }).click()
    await row('Conversation 30').waitFor()
    await page.getByRole('searchbox').fill('Question 7')
    await row('Conversation 07').waitFor()
    expect(await page.getByRole('row').count()).toBe(2)
    await page.reload()
    await row('Conversation 07').waitFor()
    expect(await page.getByRole('searchbox').inputValue()).toBe('Question 7')
    await page.getByLabel('Status').selectOption('approved')
    await page.getByText('No conversation passes these filters.').waitFor()
    await page.getByRole('button', { name: 'Clear filters' }).first().click()
    await row('Conversation 30').waitFor()
    await expectAccessible(page)
  })

  test('decides on several at once, and says why they are rejected', async () => {
    await imported(3)
    await page.goto('/conversations')
    await page.getByRole('checkbox', { name: 'Select “Conversation 01”' }).check()
    await page.getByRole('checkbox', { name: 'Select “Conversation 02”' }).check()
    await page.getByRole('button', { name: 'Reject' }).click()
    const dialog = page.getByRole('dialog', { name: 'Reject' })
    await dialog.getByRole('button', { name: 'Reject' }).click()
    await dialog.getByText('Say why, so that it can be done better.').waitFor()
    await dialog.getByLabel('Why?').fill('Too short')
    await dialog.getByRole('button', { name: 'Reject' }).click()
    await dialog.waitFor({ state: 'detached' })
    await row('Conversation 02').getByRole('cell', { name: 'Rejected' }).waitFor()
    const { body } = await person.request('GET', '/api/training/stats')
    expect(body.by_status).toEqual({ pending_review: 1, approved: 0, rejected: 2, archived: 0 })
  })
})

describe('the details of a conversation', () => {
  test('open over the dashboard, download its file by one request, and give the focus back', async () => {
    const [id] = await imported(1)
    await page.goto('/conversations')
    await page.getByRole('button', { name: 'Conversation 01', exact: true }).click()
    await details().getByText('Answer 1 from the model').waitFor()
    await expectAccessible(page)
    let asked = 0
    page.on('request', (request) => {
      if (request.url().endsWith(`/api/conversations/${id}/download`)) asked++
    })
    const downloading = page.waitForEvent('download')
    await details().getByRole('button', { name: 'Download JSON File' }).dblclick()
    const file = JSON.parse(await readFile(await (await downloading).path(), 'utf8'))
    expect(Object.keys(file)).toEqual(
      expect.arrayContaining(['dataset_metadata', 'consultant_profile', 'training_pairs']),
    )
    expect(file.training_pairs).toHaveLength(2)
    expect(asked).toBe(1)
    expect(await details().getByRole('button', { name: 'Download Raw Response' }).count()).toBe(0)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Conversation 01')
  })

  test('say in the page why a download failed, and try again', async () => {
    await imported(1)
    await page.goto('/conversations')
    await page.getByRole('button', { name: 'Conversation 01', exact: true }).click()
    const broken = (path: RegExp) => page.route(path, (route) => route.abort('connectionfailed'), { times: 1 })
    await broken(/\/download$/)
    await details().getByRole('button', { name: 'Download JSON File' }).click()
    await details().getByText('Failed to download conversation file. Please try again.').waitFor()
    const downloading = page.waitForEvent('download')
    await details().getByRole('button', { name: 'Download JSON File' }).click()
    await downloading
    await details().getByText('Failed to download').waitFor({ state: 'detached' })
  })

  test('let an answer be written better, which keeps the former one, and be left out of what is learned', async () => {
    const [id] = await imported(1)
    await page.goto(`/conversations?open=${id}`)
    await details().getByRole('button', { name: 'Edit turn 2' }).click()
    await details().getByRole('textbox', { name: '2 · Assistant' }).fill('A better answer')
    await details().getByRole('button', { name: 'Save turn' }).click()
    await details().getByText('A better answer').waitFor()
    await details().getByText('What it said before').click()
    await details().getByText('Answer 1 from the model').waitFor()
    const learn = details().getByRole('checkbox', { name: 'Learn from this answer' })
    await learn.uncheck()
    await details().getByLabel('Empathy').fill('8.5')
    await page.keyboard.press('Enter')
    await expect
      .poll(async () => (await person.request('GET', `/api/training/conversations/${id}`)).body.turns[1])
      .toMatchObject({
        content: 'A better answer',
        rejected: 'Answer 1 from the model',
        train: false,
        scores: { empathy: 8.5 },
      })
    await expectAccessible(page)
  })

  test('are decided on by keys, one conversation after the other; another tab hears of it when it looks', async () => {
    await imported(2)
    await page.goto('/conversations?sort=title&direction=asc')
    const other = await openTab(watched, server.url)
    await page.bringToFront()
    await page.getByRole('button', { name: 'Conversation 01', exact: true }).click()
    await details().getByText('Answer 1 from the model').waitFor()
    await page.keyboard.press('a')
    await details().getByText('Answer 2 from the model').waitFor()
    await page.keyboard.press('e')
    await page.keyboard.press('Escape')
    await row('Conversation 01').getByRole('cell', { name: 'Approved' }).waitFor()
    await other.goto('/conversations')
    await other
      .getByRole('row')
      .filter({ hasText: 'Conversation 02' })
      .getByRole('cell', { name: 'Archived' })
      .waitFor()
  })

  test('fit a phone', async () => {
    await watched.context.close()
    await open({ viewport: phone, colorScheme: 'dark', hasTouch: true, isMobile: true })
    await imported(2)
    await page.goto('/conversations')
    await page.getByRole('button', { name: 'Conversation 01', exact: true }).click()
    await details().getByText('Answer 1 from the model').waitFor()
    await expectAccessible(page)
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
  })
})

describe('what was done', () => {
  test('stands in the analytics and in the log', async () => {
    const [id] = await imported(1)
    expect((await person.request('GET', `/api/conversations/${id}/download`)).status).toBe(200)
    await page.goto('/conversations/analytics')
    await page.getByText('Downloaded most').waitFor()
    await expectAccessible(page)
    await page.getByRole('link', { name: 'Audit log' }).click()
    await page.getByText('Imported').last().waitFor()
    await expectAccessible(page)
  })
})
