import type { Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { startScriptedProvider, type Step } from '#test/support/scripted-provider/scripted-provider.ts'
import { startTestServer, type TestServer } from '#test/support/server.ts'
import { expectAccessible, launchBrowser, openPage, openTab, phone, type WatchedPage } from './browser.ts'

let server: TestServer
let provider: Awaited<ReturnType<typeof startScriptedProvider>>
let browser: Awaited<ReturnType<typeof launchBrowser>>
let watched: WatchedPage

beforeAll(async () => {
  provider = await startScriptedProvider()
  server = await startTestServer({ env: { OPENROUTER_BASE_URL: provider.url } })
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
  await provider?.close()
})
beforeEach(async () => {
  provider.reset()
  watched = await openPage(browser, server.url)
})
afterEach(async () => {
  const complaints = [...watched.complaints]
  await watched.context.close()
  expect(complaints).toEqual([])
})

let people = 0

/** Makes an account on the page, as a newcomer does. */
const signUp = async ({ page }: WatchedPage): Promise<void> => {
  await page.goto('/auth/register')
  await page.getByLabel('E-mail address').fill(`visitor-${++people}@example.org`)
  await page.getByLabel('Password', { exact: true }).fill('correct horse battery')
  await page.getByRole('button', { name: 'Make an account' }).click()
  await page.waitForURL('**/app/conversations/new')
}

/** Signs up and saves a key, so that the scripted provider answers. */
const signUpWithKey = async (visitor: WatchedPage): Promise<void> => {
  await signUp(visitor)
  await visitor.page.getByLabel('OpenRouter API key').fill('sk-or-v1-test')
  await visitor.page.getByRole('button', { name: 'Save key' }).click()
  await visitor.page.getByRole('textbox', { name: 'Message' }).waitFor()
}

const chooseModel = async ({ page }: WatchedPage, name: string): Promise<void> => {
  await page.getByRole('button', { name: /^(Model:|Choose a model)/ }).click()
  await page.getByRole('combobox', { name: 'Search models' }).fill(name)
  await page.getByRole('option', { name, exact: false }).first().click()
}

const write = async ({ page }: WatchedPage, text: string): Promise<void> => {
  await page.getByRole('textbox', { name: 'Message' }).fill(text)
  await page.keyboard.press('Enter')
}

/** What the model streams, and what it answers when it is asked for a title. */
const answer = (steps: readonly Step[], title: string): void =>
  provider.script(({ body }) => ({
    steps: (body as { max_tokens?: number }).max_tokens === undefined ? steps : [title],
  }))

const gate = () => {
  let open = () => {}
  const promise = new Promise<void>((resolve) => (open = resolve))
  return { promise, open }
}

describe('a newcomer', () => {
  test('makes an account, tries the demo, reads the reply as it streams and finds it again after a reload', async () => {
    const { page } = watched
    await signUp(watched)
    await page.getByRole('button', { name: 'Try the demo' }).click()
    await write(watched, 'What can you do?')
    await page.waitForURL(/\/app\/conversations\/[0-9a-f-]{36}$/)
    await page
      .getByText(/not a (real )?(language )?model/i)
      .first()
      .waitFor()
    await page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'detached' })
    const before = await page.getByRole('log').or(page.getByLabel('Messages')).first().innerText()
    await page.reload()
    await page.getByText('What can you do?').first().waitFor()
    await page
      .getByText(/Settings/)
      .first()
      .waitFor()
    expect(before.length).toBeGreaterThan(200)
  })

  test('is told what is wrong with the form, where it is wrong', async () => {
    const { page } = watched
    await page.goto('/auth/register')
    await page.getByRole('button', { name: 'Make an account' }).click()
    await page.getByText('Enter your e-mail address.').waitFor()
    await page.getByLabel('E-mail address').fill('someone@example.org')
    await page.getByLabel('Password', { exact: true }).fill('short')
    await page.getByRole('button', { name: 'Make an account' }).click()
    await page.getByText('Use at least 8 characters.').waitFor()
    await expectAccessible(page)
  })

  test('who asks for a page inside is sent to sign in, and then to that page', async () => {
    const { page } = watched
    const person = await server.newPerson()
    await page.goto('/app/settings')
    await page.waitForURL(/\/auth\/login\?redirect=/)
    await page.getByLabel('E-mail address').fill(person.email)
    await page.getByLabel('Password', { exact: true }).fill(person.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL('**/app/settings')
  })
})

describe('the list of models', () => {
  const openList = async (visitor: WatchedPage) => {
    const { page } = visitor
    await signUpWithKey(visitor)
    const button = page.getByRole('button', { name: /^Model:/ })
    const search = page.getByRole('combobox', { name: 'Search models' })
    await button.click()
    await search.waitFor()
    return { page, button, search, field: page.getByRole('textbox', { name: 'Message' }) }
  }
  const isFocused = (element: Locator) => element.evaluate((node) => node === node.ownerDocument.activeElement)

  test('gives the focus back to its button when it closes', async () => {
    const { page, button, search } = await openList(watched)
    await search.press('Escape')
    await search.waitFor({ state: 'detached' })
    await expect.poll(() => isFocused(button)).toBe(true)
    await button.click()
    await page.getByRole('option', { name: 'echo' }).click()
    await search.waitFor({ state: 'detached' })
    await expect.poll(() => isFocused(button)).toBe(true)
  })

  test('takes no key from somebody who writes on while it fades out', async () => {
    const { page, search, field } = await openList(watched)
    const animations = await watched.context.newCDPSession(page)
    await animations.send('Animation.enable')
    await animations.send('Animation.setPlaybackRate', { playbackRate: 0.01 })
    await page.getByRole('option', { name: 'echo' }).click()
    await field.fill('A question')
    expect(await search.isVisible()).toBe(true)
    await animations.send('Animation.setPlaybackRate', { playbackRate: 1 })
    await search.waitFor({ state: 'detached' })
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/app\/conversations\/[0-9a-f-]{36}$/)
  })
})

describe('a conversation', () => {
  test('goes on after a reload in the middle of a reply, without a gap or a repeat', async () => {
    const { page } = watched
    await signUpWithKey(watched)
    const rest = gate()
    answer(['One. ', 'Two. ', { pause: rest.promise }, 'Three. ', 'Four.'], 'Numbers')
    await chooseModel(watched, 'echo')
    await write(watched, 'Count to four')
    await page.getByText('One. Two.').waitFor()
    await page.reload()
    await page.getByText('One. Two.').waitFor()
    rest.open()
    await page.getByText('One. Two. Three. Four.', { exact: true }).waitFor()
    expect(await page.getByText('One. Two. Three. Four.', { exact: true }).count()).toBe(1)
  })

  test('shows a reply that ended between the first look at the conversation and the opening of its stream', async () => {
    const { page, context } = watched
    await signUpWithKey(watched)
    const [rest, ended, attached] = [gate(), gate(), gate()]
    answer([{ pause: rest.promise }, 'All at once.'], 'Quick')
    await chooseModel(watched, 'echo')
    await write(watched, 'Be quick')
    await page.waitForURL(/\/app\/conversations\/[0-9a-f-]{36}$/)
    const address = `/api${new URL(page.url()).pathname}`
    // The look is answered while the reply is written, and the answer arrives when the stream is open.
    const looked = gate()
    await page.route(
      `**${address}`,
      async (route) => {
        const response = await route.fetch()
        looked.open()
        await attached.promise
        // By then the page may no longer wait for it.
        await route.fulfill({ response }).catch(() => {})
      },
      { times: 1 },
    )
    await page.route(`**${address}/events`, async (route) => {
      await ended.promise
      await route.continue()
    })
    await page.reload()
    await looked.promise
    await page.getByText('Be quick').first().waitFor()
    rest.open()
    await vi.waitFor(async () => {
      const { latestReply } = await (await context.request.get(address)).json()
      expect(latestReply.status).toBe('complete')
    }, 10_000)
    const network = await context.newCDPSession(page)
    await network.send('Network.enable')
    const connected = gate()
    network.on('Network.eventSourceMessageReceived', ({ data }) => {
      if (JSON.parse(data).type === 'connected') connected.open()
    })
    ended.open()
    await connected.promise
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
    attached.open()
    await page.getByText('All at once.').waitFor()
  })

  test('is the same in a second tab, as it is written', async () => {
    const { page } = watched
    await signUpWithKey(watched)
    const rest = gate()
    answer(['Half ', { pause: rest.promise }, 'and half'], 'Halves')
    await chooseModel(watched, 'echo')
    await write(watched, 'Tell both tabs')
    await page.getByText('Half').first().waitFor()
    const second = await openTab(watched, server.url)
    await second.goto(page.url())
    await second.getByText('Half').first().waitFor()
    rest.open()
    await Promise.all([page, second].map((tab) => tab.getByText('Half and half', { exact: true }).waitFor()))
  })

  test('keeps what was written when the person stops the reply', async () => {
    const { page } = watched
    await signUpWithKey(watched)
    const never = gate()
    answer(['This much ', { pause: never.promise }, 'never'], 'Stop')
    await chooseModel(watched, 'echo')
    await write(watched, 'Begin')
    await page.getByText('This much').waitFor()
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByText('You stopped this reply.').waitFor()
    await page.reload()
    await page.getByText('This much').waitFor()
    await page.getByText('You stopped this reply.').waitFor()
    never.open()
  })

  test('shows a failure of the provider in the conversation, and asks again when told to', async () => {
    const { page } = watched
    await signUpWithKey(watched)
    await chooseModel(watched, 'fail-500')
    await write(watched, 'Will this work?')
    await page.getByText('The model provider failed to answer.').waitFor()
    await page.getByText('Will this work?').first().waitFor()
    await expectAccessible(page)
    await chooseModel(watched, 'echo')
    await page.getByRole('button', { name: 'Ask again' }).click()
    await page.getByText('Will this work?').nth(1).waitFor()
  })

  test('never runs, loads or links into what a model writes', async () => {
    const { page } = watched
    await signUpWithKey(watched)
    const hostile = [
      '<script>window.pwned = 1</script>',
      '<img src=x onerror="window.pwned = 1">',
      '![seen](http://tracker.example/pixel.png)',
      '[click](javascript:window.pwned=1)',
      '<iframe src="http://tracker.example"></iframe>',
      'The end.',
    ].join('\n\n')
    answer([hostile], 'Hostile')
    await chooseModel(watched, 'echo')
    await write(watched, 'Try me')
    await page.getByText('The end.').waitFor()
    expect(await page.evaluate('window.pwned')).toBeUndefined()
    expect(await page.locator('a[href^="javascript:"]').count()).toBe(0)
    await page.getByText(/Show image from tracker\.example/).waitFor()
  })

  test('is renamed and deleted from the list, and deleting can be undone', async () => {
    const { page } = watched
    await signUp(watched)
    await page.getByRole('button', { name: 'Try the demo' }).click()
    await write(watched, 'First of all')
    await page.waitForURL(/\/app\/conversations\/[0-9a-f-]{36}$/)
    await page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'detached' })
    const list = page.getByRole('navigation', { name: 'Conversations' })
    await list.getByRole('link').last().focus()
    await page.keyboard.press('F2')
    await page.getByLabel('Title of the conversation').fill('A better title')
    await page.keyboard.press('Enter')
    const row = list.getByRole('link', { name: 'A better title' })
    await row.waitFor()

    const remove = list.getByRole('button', { name: 'Delete “A better title”' })
    const deleteIt = async () => {
      await row.focus()
      await remove.click()
      await list.getByRole('button', { name: 'Really delete “A better title”?' }).click()
      await row.waitFor({ state: 'detached' })
    }
    await deleteIt()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.reload()
    await row.waitFor()
    await deleteIt()
    // Leaving the page ends the offer.
    await page.reload()
    await list.getByText('No conversations yet.').waitFor()
  })
})

describe('on a phone, in the dark', () => {
  test('list and conversation are screens of their own, and everything can be read by everybody', async () => {
    const small = await openPage(browser, server.url, { viewport: phone, colorScheme: 'dark', hasTouch: true })
    try {
      const { page } = small
      await signUp(small)
      await expectAccessible(page)
      await page.getByRole('button', { name: 'Try the demo' }).click()
      await write(small, 'Hello from a phone')
      await page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'detached' })
      await expectAccessible(page)
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(phone.width)
      await page.goto('/app/settings')
      await page.getByRole('heading', { name: 'Settings' }).first().waitFor()
      await expectAccessible(page)
      expect(small.complaints).toEqual([])
    } finally {
      await small.context.close()
    }
  })
})
