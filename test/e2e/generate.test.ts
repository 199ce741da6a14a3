/** Generating training conversations: one, many, those that are missing; what fails; and what they are made of. */
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { freePort } from '#test/support/deployed-nginx.ts'
import { type Script, startScriptedProvider } from '#test/support/scripted-provider/scripted-provider.ts'
import { trainingAnswer } from '#test/support/scripted-provider/training-answers.ts'
import { startTestServer, type TestPerson, type TestServer } from '#test/support/server.ts'
import { expectAccessible, launchBrowser, openPage, openTab, phone, signIn, type WatchedPage } from './browser.ts'

let server: TestServer
let provider: Awaited<ReturnType<typeof startScriptedProvider>>
let browser: Awaited<ReturnType<typeof launchBrowser>>
let person: TestPerson
let watched: WatchedPage
let page: Page

beforeAll(async () => {
  provider = await startScriptedProvider()
  server = await startTestServer({ env: { OPENROUTER_BASE_URL: provider.url, PORT: String(await freePort()) } })
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
  await provider?.close()
})

const open = async (options: Parameters<typeof openPage>[2] = {}) => {
  watched = await openPage(browser, server.url, options)
  page = watched.page
  await signIn(watched, server.url, person)
}

beforeEach(async () => {
  provider.reset()
  person = await server.newPerson()
  await person.request('PUT', '/api/api-key', { apiKey: 'sk-or-v1-test' })
  await open()
})
afterEach(async () => {
  const complaints = [...watched.complaints]
  await watched.context.close()
  expect(complaints).toEqual([])
})

/** What the provider answers, and how it ends. */
const saying = (text: string, rest: Partial<Script> = {}): Script => ({
  steps: [text],
  usage: { prompt_tokens: 1200, completion_tokens: 800 },
  ...rest,
})
const good = (rest: Partial<Script> = {}) => saying(JSON.stringify(trainingAnswer()), rest)
const truncated = () => saying(JSON.stringify(trainingAnswer()).slice(0, 700), { finishReason: 'length' })

const gate = () => {
  let unlock = () => {}
  const promise = new Promise<void>((resolve) => (unlock = resolve))
  return { promise, unlock }
}

const chooseModel = async (name: string): Promise<void> => {
  await page.getByRole('button', { name: /^(Model:|Choose a model)/ }).click()
  await page.getByRole('combobox', { name: 'Search models' }).fill(name)
  await page.getByRole('option', { name, exact: false }).first().click()
}

/** Three conversations, written one after the other. */
const startRun = async (model: string, { cap }: { readonly cap?: string } = {}): Promise<void> => {
  await page.goto('/conversations/generate?view=many')
  await page.getByRole('button', { name: 'Personas: All' }).click()
  await page.getByLabel(/Confusion to clarity/).check()
  await page.getByLabel(/A budget for two/).check()
  await chooseModel(model)
  if (cap !== undefined) {
    await page.getByLabel('Cost cap, US$').fill(cap)
    await page.getByLabel('Price of a million tokens read, US$').fill('1')
    await page.getByLabel('Price of a million tokens written, US$').fill('10')
  }
  await page.getByText('More settings').click()
  await page.getByLabel('At the same time').fill('1')
  await page.getByRole('button', { name: 'Start a run of 3 conversations' }).click()
  await page.waitForURL('**/conversations/runs/*')
  await page.getByRole('heading', { name: 'Run', exact: true }).waitFor()
}

describe('one conversation', () => {
  test('is chosen, generated and opened among the others', async () => {
    await page.goto('/conversations/generate')
    const generate = page.getByRole('button', { name: 'Generate Conversation' })
    await generate.waitFor()
    expect(await generate.isDisabled()).toBe(true)
    await page.getByLabel('Persona').selectOption({ label: 'Elena – The Pragmatic Optimist' })
    await page.getByLabel('Emotional Arc').selectOption({ label: 'Shame to acceptance' })
    await page.getByLabel('Training Topic').selectOption({ label: 'A budget for two' })
    await page.getByText('The arc “Shame to acceptance” is not meant for the persona “Elena”.').waitFor()
    await chooseModel('Demo')
    await generate.click()
    await page.getByRole('heading', { name: 'The conversation is generated' }).waitFor()
    await expectAccessible(page)
    const { body } = await person.request('GET', '/api/training/conversations')
    const id: string = body.conversations[0].conversation_id
    await page.getByText(id).waitFor()
    await page.getByRole('link', { name: 'Open conversation' }).click()
    await page.waitForURL(`**/conversations?open=${id}`)
    await page.getByRole('dialog').waitFor()
  })

  test('that the model cuts off says so, and leads to what has failed', async () => {
    await page.goto('/conversations/generate')
    for (const list of ['Persona', 'Emotional Arc', 'Training Topic']) {
      await page.getByLabel(list).selectOption({ index: 1 })
    }
    await chooseModel('training-truncated')
    await page.getByRole('button', { name: 'Generate Conversation' }).click()
    await page.getByRole('alert').getByText('The model was cut off').waitFor()
    await page.getByRole('link', { name: 'See what has failed' }).click()
    await page.getByRole('listitem').filter({ hasText: 'Cut off.' }).waitFor()
  })
})

describe('a run', () => {
  test('is estimated, paused, seen in a second tab and after a reload, and goes on to its end', async () => {
    const held = gate()
    provider.script(good({ firstByteAfter: held.promise }))
    provider.script(() => good())
    await startRun('training-slow')
    await page.getByText('0 of 3', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('button', { name: 'Go on' }).waitFor()
    held.unlock()
    await page.getByText('1 of 3', { exact: true }).waitFor()
    const tab = await openTab(watched, server.url)
    await tab.goto(page.url())
    await tab.getByText('1 of 3', { exact: true }).waitFor()
    await page.reload()
    await page.getByText('1 of 3', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByText('3 of 3', { exact: true }).waitFor()
    await tab.getByText('3 of 3', { exact: true }).waitFor()
    await vi.waitFor(async () => {
      expect(await page.getByRole('link', { name: 'Open conversation' }).count()).toBe(3)
    }, 10_000)
  })

  test('stops where its cap would be passed, and goes on with another', async () => {
    provider.script(() => good())
    await startRun('training-slow', { cap: '0.001' })
    await page.getByRole('button', { name: 'Go on' }).waitFor()
    await page.getByText('$0.00').first().waitFor()
    expect(provider.requests.filter(({ method }) => method === 'POST')).toEqual([])
    await expectAccessible(page)
    await page.getByLabel('New cost cap, US$').fill('5')
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByText('3 of 3', { exact: true }).waitFor()
    await page.getByText('$5.00').waitFor()
  })

  test('that fails says why, gives the raw answers out, and is tried again from the failures', async () => {
    provider.script(truncated)
    await startRun('training-slow')
    await page.getByText('3 of 3', { exact: true }).waitFor()
    await page.goto('/conversations/failures?type=truncation')
    await page.getByRole('listitem').filter({ hasText: 'Cut off.' }).nth(2).waitFor()
    await expectAccessible(page)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Raw response' }).first().click(),
    ])
    expect((await readFile(await download.path(), 'utf8')).startsWith('{')).toBe(true)
    provider.script(() => good())
    await page.getByRole('button', { name: 'Try all 3 shown again' }).click()
    await page.getByText('Nothing has failed for this reason.').waitFor()
    await page.goto('/conversations/runs')
    await page.getByText('3 of 3').waitFor()
    await expectAccessible(page)
  })
})

describe('the coverage matrix', () => {
  test('says by number what is missing, and a place of it is filled by keyboard', async () => {
    await page.goto('/conversations/generate?view=coverage')
    await page.getByLabel('Training Topic').selectOption({ label: 'A budget for two' })
    await page.getByText('24 are missing for 1 in each place.').waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: /^0 1 missing Fill Maya, Fear to confidence$/ }).focus()
    await page.keyboard.press('Enter')
    await page.getByText('1 conversation fills what is missing').waitFor()
    await chooseModel('Demo')
    await page.getByRole('button', { name: 'Start a run of 1 conversation' }).click()
    await page.getByText('1 of 1', { exact: true }).waitFor()
    await page.goto('/conversations/generate?view=coverage')
    await page.getByText('1 conversation.', { exact: false }).waitFor()
    const columns = page.getByRole('table').getByRole('columnheader')
    await expect.poll(() => columns.allInnerTexts()).toEqual(['Emotional Arc', 'Elena', 'Jonah', 'Maya'])
    await page.getByRole('button', { name: 'Fill up to 1: 287 conversations' }).waitFor()
  })
})

describe('the scaffolding', () => {
  test('takes a new persona, leaves it out of new conversations, and deletes it', async () => {
    await page.goto('/conversations/scaffolding')
    await page.getByRole('button', { name: 'New persona' }).click()
    await page.getByRole('textbox', { name: 'Name' }).fill('Đức')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('This is needed.').waitFor()
    await vi.waitFor(async () => {
      expect(await page.getByLabel('Archetype').and(page.locator(':focus')).count()).toBe(1)
    }, 10_000)
    await expectAccessible(page)
    await page.getByLabel('Archetype').fill('The Careful Saver')
    await page.getByRole('button', { name: 'Save' }).click()
    const row = page.getByRole('listitem').filter({ hasText: 'The Careful Saver' })
    await row.getByText('duc').waitFor()
    await row.getByRole('button', { name: 'Leave “Đức” out of new conversations' }).click()
    await row.getByText('Not in use').waitFor()
    await page.getByRole('link', { name: 'Generate' }).click()
    await page.getByLabel('Persona').waitFor()
    const personas = page.getByLabel('Persona').locator('option')
    await expect
      .poll(() => personas.allInnerTexts())
      .toEqual([
        'Choose…',
        'Elena – The Pragmatic Optimist',
        'Jonah – The Overwhelmed Avoider',
        'Maya – The Anxious Planner',
      ])
    await page.goBack()
    await row.getByRole('button', { name: 'Delete “Đức”' }).click()
    await row.getByRole('button', { name: 'Really delete “Đức”?' }).click()
    await row.waitFor({ state: 'detached' })
  })

  test('shows what a template asks, and refuses placeholders that there are none of', async () => {
    await page.goto('/conversations/scaffolding?kind=templates')
    await page
      .getByRole('button', { name: /^Edit “/ })
      .first()
      .click()
    const text = page.getByLabel('Text', { exact: true })
    await text.fill('Write about {{topic_name}} for {{persona_nam}}.')
    await page.getByText('There is no such placeholder: persona_nam').waitFor()
    await page.getByRole('button', { name: 'Save' }).click()
    expect(page.url()).toContain('edit=')
    await text.fill('Write about {{topic_name}} for {{persona_name}}.')
    await page.getByText('Write about A budget for two for Elena.').waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('version 2').waitFor()
  })
})

describe('every page of it', () => {
  const addresses = [
    '/conversations/generate',
    '/conversations/generate?view=many',
    '/conversations/generate?view=coverage',
    '/conversations/runs',
    '/conversations/failures',
    '/conversations/scaffolding?kind=topics',
    '/conversations/scaffolding?kind=arcs&edit=new',
  ]

  test.each(addresses)('%s fits a phone, in Vietnamese and in the dark', async (address) => {
    await watched.context.close()
    await open({ viewport: phone, locale: 'vi-VN', colorScheme: 'dark', hasTouch: true })
    await page.goto(address)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.waitForLoadState('networkidle')
    await expectAccessible(page)
    // Only the content scrolls: nothing hidden in it makes the frame longer.
    const { width, height } = phone
    expect(
      await page.evaluate('[document.documentElement.scrollWidth, document.documentElement.scrollHeight]'),
    ).toEqual([width, height])
    expect(await page.locator('main').innerText()).not.toMatch(/generate\.|training\./)
  })

  test('says what went wrong when the lists do not come, and tries again', async () => {
    const lists = '**/api/training/scaffolding/**'
    await page.route(lists, (route) => route.fulfill({ status: 500, json: { error: 'x', message: 'It broke.' } }))
    await page.goto('/conversations/generate')
    await page.getByText('Personas, arcs and topics could not be loaded.').waitFor()
    await page.unroute(lists)
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByLabel('Persona').waitFor()
  })
})
