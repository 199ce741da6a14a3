/** What a person sees while the server is slow, fails or is away: nothing typed is lost, and everything says how to go on. */
import type { Route } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startScriptedProvider } from '#test/support/scripted-provider/scripted-provider.ts'
import { startTestServer, type TestPerson, type TestServer } from '#test/support/server.ts'
import { expectAccessible, launchBrowser, openPage, signIn, type WatchedPage } from './browser.ts'

let server: TestServer
let provider: Awaited<ReturnType<typeof startScriptedProvider>>
let browser: Awaited<ReturnType<typeof launchBrowser>>
let watched: WatchedPage
let person: TestPerson

beforeAll(async () => {
  provider = await startScriptedProvider()
  provider.script(({ body }) => ({
    steps: [(body as { max_tokens?: number }).max_tokens === undefined ? 'The answer.' : 'The title'],
  }))
  server = await startTestServer({ env: { OPENROUTER_BASE_URL: provider.url } })
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
  await provider?.close()
})
beforeEach(async () => {
  person = await server.newPerson()
  await person.request('PUT', '/api/api-key', { apiKey: 'sk-or-v1-test' })
  watched = await openPage(browser, server.url)
  await signIn(watched, server.url, person)
})
afterEach(async () => {
  const complaints = [...watched.complaints]
  await watched.context.close()
  expect(complaints).toEqual([])
})

const AWAY = 'What you write is kept; this page connects again by itself.'

/** A conversation whose first reply is complete. */
const aConversation = async (content: string): Promise<string> => {
  const made = await person.request('POST', '/api/conversations', { content, model: 'echo' })
  expect(made.status).toBe(201)
  return made.body.conversation.id
}

const composer = () => watched.page.getByRole('textbox', { name: 'Message' })

const broken = (route: Route) =>
  route.fulfill({
    status: 500,
    contentType: 'application/problem+json',
    body: JSON.stringify({ code: 'server.internal', detail: 'Broken.', retryable: true }),
  })

const gate = () => {
  let open = () => {}
  const promise = new Promise<void>((resolve) => (open = resolve))
  return { promise, open }
}

describe('without a network', () => {
  test('what was typed and sent stays, the banner goes when the network is back, and the message is sent once', async () => {
    const { page, context } = watched
    const id = await aConversation('Hello')
    await page.goto(`/app/conversations/${id}`)
    await page.getByText('The answer.').waitFor()
    await page.getByRole('button', { name: /^Model:/ }).waitFor()
    await composer().fill('Written on a train')
    await context.setOffline(true)
    await page.getByText(AWAY).waitFor()
    await page.keyboard.press('Enter')
    await page.getByText('Your message was not sent.').waitFor()
    await composer().fill('And a second thought')
    await expectAccessible(page)

    await context.setOffline(false)
    await page.getByText(AWAY).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('Your message was not sent.').waitFor({ state: 'detached' })
    await page.getByText('The answer.').nth(1).waitFor()
    await expect.poll(() => composer().inputValue()).toBe('And a second thought')
    const { body } = await person.request('GET', `/api/app/conversations/${id}/messages`)
    const questions = body.data.filter((message: { role: string }) => message.role === 'user')
    expect(questions.map((message: { content: string }) => message.content).toSorted()).toEqual([
      'Hello',
      'Written on a train',
    ])
  })

  test('what was not sent is text again after a reload', async () => {
    const { page, context } = watched
    await page.goto('/app/conversations/new')
    await composer().fill('The first message')
    await context.setOffline(true)
    await page.keyboard.press('Enter')
    await page.getByText('Your message was not sent.').waitFor()
    await context.setOffline(false)
    await page.reload()
    await composer().waitFor()
    await expect.poll(() => composer().inputValue()).toBe('The first message')
  })

  test('the settings and the list of models open all the same', async () => {
    const { page, context } = watched
    const parts = ['settings-page', 'model-list'].map((part) =>
      page.waitForResponse((response) => response.url().includes(part)).then((response) => response.finished()),
    )
    await page.goto('/app/conversations/new')
    await composer().fill('Not finished')
    await Promise.all(parts)
    await context.setOffline(true)
    await page.getByText(AWAY).waitFor()
    await page.getByRole('button', { name: /^(Model:|Choose a model)/ }).click()
    await page.getByRole('combobox', { name: 'Search models' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByText('You are still signed in.').waitFor()
    await page.getByRole('link', { name: 'Chat' }).click()
    await expect.poll(() => composer().inputValue()).toBe('Not finished')
  })
})

describe('a server that is slow', () => {
  test('shows the shape of what is coming, first of the page and then of the list', async () => {
    const { page } = watched
    const id = await aConversation('Be patient')
    const [me, list] = [gate(), gate()]
    await page.route('**/api/app/me', (route) => me.promise.then(() => route.continue()))
    await page.route('**/api/app/conversations?*', (route) => list.promise.then(() => route.continue()))
    await page.goto(`/app/conversations/${id}`)
    await page.locator('.skeleton').first().waitFor()
    me.open()
    const conversations = page.getByRole('navigation', { name: 'Conversations' })
    await conversations.locator('.skeleton').first().waitFor()
    list.open()
    await conversations.getByRole('link', { name: 'The title' }).waitFor()
    await expect.poll(() => page.locator('.skeleton').count()).toBe(0)
  })

  test('keeps what somebody sends before the conversation has come, and says so', async () => {
    const { page } = watched
    const id = await aConversation('Be patient')
    const messages = gate()
    await page.route('**/messages?*', (route) => messages.promise.then(() => route.continue()))
    await page.goto(`/app/conversations/${id}`)
    await composer().fill('In a hurry')
    await page.keyboard.press('Enter')
    await page.getByText('This can’t be sent yet.').waitFor()
    messages.open()
    await page.getByText('The answer.').waitFor()
    await page.getByRole('button', { name: /^Model:/ }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByText('The answer.').nth(1).waitFor()
  })

  test('says that the models are on their way; to the one of before a message goes all the same', async () => {
    const { page } = watched
    const id = await aConversation('Hello')
    const models = gate()
    await page.route('**/api/app/models*', (route) => models.promise.then(() => route.continue()))
    await page.goto(`/app/conversations/${id}`)
    await page.getByText('The answer.').waitFor()
    await composer().fill('In a hurry')
    await page.keyboard.press('Enter')
    await page.getByText('The list of models has not been loaded yet.').waitFor()
    await expect.poll(() => composer().inputValue()).toBe('In a hurry')
    models.open()
    await page.getByRole('button', { name: /^Model:/ }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByText('The answer.').nth(1).waitFor()

    const again = gate()
    await page.unroute('**/api/app/models*')
    await page.route('**/api/app/models*', (route) => again.promise.then(() => route.continue()))
    await page.reload()
    await page.getByText('The answer.').nth(1).waitFor()
    await composer().fill('In a hurry again')
    await page.keyboard.press('Enter')
    await page.getByText('The answer.').nth(2).waitFor()
    again.open()
  })
})

describe('a server that fails', () => {
  test.each([
    ['the list', '**/api/app/conversations?*', 'Your conversations could not be loaded.', 'The title'],
    [
      'a conversation',
      '**/api/app/conversations/*/messages?*',
      'This conversation could not be loaded.',
      'The answer.',
    ],
  ])('says so in the place of %s, and shows it when it is asked again', async (_what, address, sentence, shown) => {
    const { page } = watched
    const id = await aConversation('Fail me')
    await page.route(address, broken)
    await page.goto(`/app/conversations/${id}`)
    await page.getByText(sentence).waitFor()
    await expectAccessible(page)
    await page.unroute(address)
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText(sentence).waitFor({ state: 'detached' })
    await page.getByText(shown).first().waitFor()
  })

  test('or is away while the page starts says so, and the page goes on by itself when it is back', async () => {
    const { page } = watched
    await page.route('**/api/**', (route) => route.abort('connectionrefused'))
    await page.goto('/app/conversations/new')
    await page.getByRole('heading', { name: 'The server can’t be reached.' }).waitFor()
    await expectAccessible(page)
    await page.unroute('**/api/**')
    await composer().waitFor()
  })
})

describe('a session that was ended elsewhere', () => {
  test('leads to the sign-in page, and from there back to where the person was, with what they had written', async () => {
    const { page } = watched
    const id = await aConversation('Where I was')
    await page.goto(`/app/conversations/${id}`)
    await composer().fill('Half a thought')
    const [session] = (await person.request('GET', '/api/app/sessions')).body.data
    expect((await person.request('DELETE', `/api/app/sessions/${session.id}`)).status).toBe(204)
    await page.keyboard.press('Enter')
    await page.getByText('You have been signed out.').waitFor()
    await expectAccessible(page)
    await page.getByLabel('E-mail address').fill(person.email)
    await page.getByLabel('Password', { exact: true }).fill(person.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(`**/app/conversations/${id}`)
    await page.getByText('Half a thought').waitFor()
  })
})
