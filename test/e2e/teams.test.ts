/** Two people and a model in team conversations, each person in a browser of their own: what one does, the other sees. */
import type { Page, Route } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startScriptedProvider } from '#test/support/scripted-provider/scripted-provider.ts'
import { startTestServer, type TestPerson, type TestServer } from '#test/support/server.ts'
import { expectAccessible, launchBrowser, openPage, phone, signIn, type WatchedPage } from './browser.ts'

let server: TestServer
let provider: Awaited<ReturnType<typeof startScriptedProvider>>
let browser: Awaited<ReturnType<typeof launchBrowser>>
const open: WatchedPage[] = []

interface Visitor extends WatchedPage {
  readonly person: TestPerson
}

/** A person with a name, signed in in a browser of their own. */
const visitor = async (name: string, options: Parameters<typeof openPage>[2] = {}): Promise<Visitor> => {
  const person = await server.newPerson()
  expect((await person.request('PATCH', '/api/app/me', { name })).status).toBe(200)
  const watched = await openPage(browser, server.url, options)
  await signIn(watched, server.url, person)
  open.push(watched)
  return { ...watched, person }
}

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

let ada: Visitor
let grace: Visitor

beforeEach(async () => {
  provider.reset()
  ada = await visitor('Ada Lovelace')
  grace = await visitor('Grace Hopper')
})
afterEach(async () => {
  const complaints = open.flatMap((watched) => watched.complaints)
  await Promise.all(open.splice(0).map(({ context }) => context.close()))
  expect(complaints).toEqual([])
})

/** Ada's group, with Grace in it. */
const aGroup = async (title = 'Compiler club'): Promise<string> => {
  const made = await ada.person.request('POST', '/api/team/conversations', {
    type: 'group',
    title,
    personIds: [grace.person.id],
  })
  expect(made.status).toBe(201)
  return made.body.id
}

const post = async ({ person }: Visitor, id: string, content: string, more: object = {}): Promise<string> => {
  const posted = await person.request('POST', `/api/team/conversations/${id}/messages`, { content, ...more })
  expect(posted.status).toBe(201)
  return posted.body.id
}

const field = (page: Page) => page.getByRole('textbox', { name: 'Message' })
const timeline = (page: Page) => page.getByRole('log', { name: 'Messages' })
const message = (page: Page, text: string) => timeline(page).getByRole('article').filter({ hasText: text })

const enter = async ({ page }: Visitor, id: string): Promise<void> => {
  await page.goto(`/app/teams/${id}`)
  await field(page).waitFor()
}

/** Chooses from the menu of the message with these words. */
const choose = async (page: Page, text: string, action: string): Promise<void> => {
  const row = message(page, text)
  await row.hover()
  await row.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: action, exact: true }).click()
}

describe('starting', () => {
  test('a newcomer finds a colleague by e-mail address, names a group, and the colleague has it at once', async () => {
    const { page } = ada
    await grace.page.goto('/app/teams')
    await grace.page.getByText('No team conversations yet.').waitFor()
    await expectAccessible(grace.page)
    await page.goto('/app/teams')
    await page.getByRole('link', { name: 'Start a conversation' }).click()
    await page.getByLabel('Name of the group').fill('Compiler club')
    await page.getByRole('combobox', { name: 'People' }).fill(grace.person.email)
    await page.getByRole('option', { name: 'Grace Hopper' }).waitFor()
    await expectAccessible(page)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Take Grace Hopper out' }).waitFor()
    await page.getByRole('button', { name: 'Start a conversation' }).click()
    await page.getByRole('heading', { name: 'Compiler club' }).waitFor()
    await page.getByText('2 members').waitFor()
    await grace.page.getByRole('link', { name: 'Compiler club' }).waitFor()
  })

  test('the conversation with one person is the same one when it is started again', async () => {
    await aGroup()
    const { page } = ada
    const start = async () => {
      await page.goto('/app/teams/new')
      await page.getByText('One person', { exact: true }).click()
      await page.getByRole('option', { name: 'Grace Hopper' }).click()
      await page.getByRole('button', { name: 'Start a conversation' }).click()
      await page.getByRole('heading', { name: 'Grace Hopper' }).waitFor()
      return page.url()
    }
    expect(await start()).toBe(await start())
  })
})

describe('talking', () => {
  test('one writes, the other sees it, is told of the mention, and reads it', async () => {
    const id = await aGroup()
    await enter(ada, id)
    await grace.page.goto('/app/conversations/new')

    await field(ada.page).pressSequentially('Hi @gra')
    await ada.page.getByRole('option', { name: 'Grace Hopper' }).waitFor()
    await expectAccessible(ada.page)
    await ada.page.keyboard.press('Enter')
    await ada.page.keyboard.type('are you there?')
    await ada.page.keyboard.press('Enter')
    await message(ada.page, 'Hi @Grace Hopper are you there?').waitFor()

    await grace.page.getByRole('link', { name: '1 unread message Teams' }).click()
    await grace.page.getByRole('link', { name: /Compiler club.*You are mentioned/ }).click()
    await grace.page.getByRole('heading', { name: 'New messages' }).waitFor()
    await message(grace.page, 'are you there?').waitFor()
    await grace.page
      .getByRole('link', { name: /unread/ })
      .first()
      .waitFor({ state: 'detached' })

    await field(grace.page).pressSequentially('Yes')
    await ada.page.getByText('Grace Hopper is writing…').waitFor()
    await grace.page.keyboard.press('Enter')
    await message(ada.page, 'Yes').waitFor()
    await ada.page.getByText('Grace Hopper is writing…').waitFor({ state: 'detached' })
    await expectAccessible(ada.page)
  })

  test('a changed message changes and a deleted one goes, for the other too; deleting can be undone', async () => {
    const id = await aGroup()
    await post(ada, id, 'Ten past nine')
    await post(ada, id, 'Never mind')
    await Promise.all([enter(ada, id), enter(grace, id)])
    await choose(ada.page, 'Ten past nine', 'Edit')
    await ada.page.getByRole('textbox', { name: 'Change the message' }).fill('Half past nine')
    await ada.page.keyboard.press('Enter')
    await message(grace.page, 'Half past nine').filter({ hasText: 'edited' }).waitFor()

    await choose(ada.page, 'Never mind', 'Delete')
    await message(ada.page, 'Never mind').waitFor({ state: 'detached' })
    await ada.page.getByRole('button', { name: 'Undo' }).click()
    await message(ada.page, 'Never mind').waitFor()
    await choose(ada.page, 'Never mind', 'Delete')
    // What can't be undone any more when the page closes is done.
    await ada.page.close()
    await message(grace.page, 'Never mind').waitFor({ state: 'detached' })
    await message(grace.page, 'Half past nine').hover()
    await message(grace.page, 'Half past nine').getByRole('button', { name: 'More actions' }).click()
    await grace.page.getByRole('menuitem', { name: 'Star for yourself' }).waitFor()
    expect(await grace.page.getByRole('menuitem', { name: 'Delete' }).count()).toBe(0)
  })

  test('replies of a thread stand beside the conversation, which counts them', async () => {
    const id = await aGroup()
    await post(ada, id, 'Where do we meet?')
    await Promise.all([enter(ada, id), enter(grace, id)])
    await choose(grace.page, 'Where do we meet?', 'Reply in thread')
    await grace.page.getByRole('textbox', { name: 'Write a reply' }).fill('In the library')
    await grace.page.keyboard.press('Enter')
    await ada.page.getByRole('button', { name: '1 reply' }).click()
    const thread = ada.page.getByRole('log', { name: 'Thread' })
    await thread.getByText('In the library').waitFor()
    await thread.getByText('Where do we meet?').waitFor()
    await expectAccessible(ada.page)
    expect(await message(ada.page, 'In the library').count()).toBe(0)
    await ada.page.keyboard.press('Escape')
    await thread.waitFor({ state: 'detached' })
  })

  test('a model that is mentioned answers in the conversation, for everybody', async () => {
    provider.script(() => ({ steps: ['A **fair** load is two thirds.'] }))
    const id = await aGroup()
    await ada.person.request('PUT', '/api/api-key', { apiKey: 'sk-or-v1-test' })
    await Promise.all([enter(ada, id), enter(grace, id)])
    await field(ada.page).pressSequentially('@echo')
    await ada.page.getByRole('option', { name: /^echo/ }).first().waitFor()
    await ada.page.keyboard.press('Enter')
    await ada.page.keyboard.type('what is a fair load?')
    await ada.page.keyboard.press('Enter')
    await message(grace.page, 'A fair load is two thirds.').locator('strong', { hasText: 'fair' }).waitFor()
    await message(ada.page, 'A fair load is two thirds.').getByText('Model').waitFor()
  })

  test('one that is deleted while the conversation is loaded is not shown', async () => {
    const id = await aGroup()
    const regretted = await post(ada, id, 'Never mind')
    await post(ada, id, 'Half past nine')
    const [isRead, isDeleted] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    await grace.page.route(`**/api/team/conversations/${id}/messages?*`, async (route) => {
      const response = await route.fetch()
      isRead.resolve()
      await isDeleted.promise
      await route.fulfill({ response })
    })
    await grace.page.goto(`/app/teams/${id}`)
    await isRead.promise
    await ada.person.request('DELETE', `/api/team/messages/${regretted}`)
    // Told after the deletion, so that it is known by then.
    await aGroup('Another club')
    await grace.page.getByRole('link', { name: /Another club/ }).waitFor()
    isDeleted.resolve()
    await message(grace.page, 'Half past nine').waitFor()
    await message(grace.page, 'Never mind').waitFor({ state: 'detached' })
  })

  test('a link to an old message leads there, over pages that were never loaded', async () => {
    const id = await aGroup()
    const old = await post(ada, id, 'The very first message')
    for (let batch = 0; batch < 20; batch++) {
      await Promise.all(Array.from({ length: 10 }, (_, n) => post(ada, id, `Message ${batch * 10 + n}`)))
    }
    const { page } = grace
    await page.goto(`/app/teams/${id}?message=${old}`)
    await message(page, 'The very first message').waitFor()
    await page.waitForURL(`**/app/teams/${id}`)
    await page.getByRole('button', { name: 'To the end' }).click()
    await timeline(page).getByText('Message 19').first().waitFor()
    await message(page, 'The very first message').waitFor({ state: 'detached' })
  })
})

describe('keeping', () => {
  test('pins are everybody’s and stars are one’s own', async () => {
    const id = await aGroup()
    await post(ada, id, 'The door code is 1815')
    await Promise.all([enter(ada, id), enter(grace, id)])
    await choose(ada.page, 'The door code', 'Pin for everybody')
    await choose(ada.page, 'The door code', 'Star for yourself')
    await message(grace.page, 'The door code').getByText('Pinned').waitFor()
    expect(await message(grace.page, 'The door code').getByText('Starred').count()).toBe(0)
    await grace.page.getByRole('button', { name: 'About this conversation' }).click()
    await grace.page.getByRole('region', { name: 'Pinned messages' }).getByText('The door code').waitFor()
    await expectAccessible(grace.page)
    await ada.page.getByRole('link', { name: 'Starred messages' }).click()
    await ada.page
      .getByRole('main')
      .getByRole('link', { name: /The door code/ })
      .click()
    await message(ada.page, 'The door code').getByText('Starred').waitFor()
  })

  test('a message becomes a task, which the other ticks off', async () => {
    const id = await aGroup()
    await post(ada, id, 'Somebody must order cake')
    await Promise.all([enter(ada, id), enter(grace, id)])
    await grace.page.getByRole('button', { name: 'About this conversation' }).click()
    const tasks = grace.page.getByRole('region', { name: 'Tasks' })
    await tasks.getByText('No tasks.').waitFor()
    await choose(ada.page, 'order cake', 'Tasks')
    const dialog = ada.page.getByRole('dialog', { name: 'Tasks' })
    await dialog.getByLabel('Who does it').selectOption({ label: 'Grace Hopper' })
    await expectAccessible(ada.page)
    await dialog.getByRole('button', { name: 'Make task' }).click()
    await message(ada.page, 'order cake').getByText('1 task').waitFor()
    await tasks.getByText('Grace Hopper').waitFor()
    await tasks.getByRole('checkbox', { name: 'Somebody must order cake' }).click()
    await ada.page.getByRole('button', { name: 'About this conversation' }).click()
    const ticked = ada.page.getByRole('region', { name: 'Tasks' }).getByRole('checkbox', { name: /order cake/ })
    await ticked.and(ada.page.locator(':checked')).waitFor()
  })

  test('a work type that is made for a message is there for everybody’s messages', async () => {
    const id = await aGroup()
    await post(ada, id, 'We use PostgreSQL')
    await Promise.all([enter(ada, id), enter(grace, id)])
    await choose(ada.page, 'We use PostgreSQL', 'Work type')
    const dialog = ada.page.getByRole('dialog', { name: 'Work type' })
    await dialog.getByRole('button', { name: 'Add work type' }).click()
    await dialog.getByLabel('Name').fill('Decision')
    await expectAccessible(ada.page)
    await ada.page.keyboard.press('Enter')
    await message(grace.page, 'We use PostgreSQL').getByText('Decision').waitFor()
    await grace.page.getByRole('button', { name: 'Work type' }).click()
    await grace.page.getByRole('menuitem', { name: 'Decision' }).click()
    await field(grace.page).fill('And we keep it')
    await grace.page.keyboard.press('Enter')
    await message(ada.page, 'And we keep it').getByText('Decision').waitFor()
  })
})

describe('belonging', () => {
  test('who is removed loses the conversation while looking at it', async () => {
    const id = await aGroup()
    await post(ada, id, 'Between us')
    await Promise.all([enter(ada, id), enter(grace, id)])
    await message(grace.page, 'Between us').waitFor()
    await ada.page.getByRole('button', { name: 'About this conversation' }).click()
    await ada.page.getByRole('button', { name: 'Actions for Grace Hopper' }).click()
    await ada.page.getByRole('menuitem', { name: 'Remove' }).click()
    await ada.page.getByRole('button', { name: 'Remove', exact: true }).click()
    await grace.page.getByRole('heading', { name: 'You are no longer in this conversation' }).waitFor()
    expect(await grace.page.getByText('Between us').count()).toBe(0)
    await expectAccessible(grace.page)
    await grace.page.reload()
    await grace.page.getByRole('heading', { name: 'You are not in this conversation' }).waitFor()
    await expectAccessible(grace.page)
    await grace.page.getByRole('link', { name: 'To your team conversations' }).click()
    await grace.page.getByText('No team conversations yet.').waitFor()
  })

  test('an owner renames the group and hands it over; then they may leave', async () => {
    const id = await aGroup()
    await Promise.all([enter(ada, id), enter(grace, id)])
    await ada.page.getByRole('button', { name: 'Rename' }).click()
    await ada.page.getByRole('textbox', { name: 'Name of the group' }).fill('Linker club')
    await ada.page.keyboard.press('Enter')
    await grace.page.getByRole('heading', { name: 'Linker club' }).waitFor()
    await ada.page.getByRole('button', { name: 'About this conversation' }).click()
    await ada.page.getByText('To leave, hand the group over to somebody else first.').waitFor()
    await ada.page.getByRole('button', { name: 'Actions for Grace Hopper' }).click()
    await ada.page.getByRole('menuitem', { name: 'Hand the group over' }).click()
    await ada.page.getByRole('button', { name: 'Hand the group over' }).click()
    await ada.page.getByRole('button', { name: 'Leave group' }).click()
    await ada.page.getByRole('button', { name: 'Really leave?' }).click()
    await ada.page.getByText('You have left “Linker club”.').waitFor()
    await ada.page.getByText('No team conversations yet.').waitFor()
    await grace.page.getByText('1 member', { exact: true }).waitFor()
  })

  test('a group that was left is not brought back by what was read before', async () => {
    const id = await aGroup()
    await Promise.all([enter(ada, id), enter(grace, id)])
    const [isRead, hasLeft] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    // It is read again while the person is on the way out, and the answer takes its time.
    await grace.page.route(`**/api/team/conversations/${id}/members/*`, async (route) => {
      await ada.person.request('PATCH', `/api/team/conversations/${id}`, { title: 'Linker club' })
      await isRead.promise
      await route.continue()
    })
    await grace.page.route(`**/api/team/conversations/${id}`, async (route) => {
      const response = await route.fetch()
      isRead.resolve()
      await hasLeft.promise
      // Nobody waits for it any more.
      await route.fulfill({ response }).catch(() => {})
    })
    await grace.page.getByRole('button', { name: 'About this conversation' }).click()
    await grace.page.getByRole('button', { name: 'Leave group' }).click()
    await grace.page.getByRole('button', { name: 'Really leave?' }).click()
    await grace.page.getByText('You have left').waitFor()
    hasLeft.resolve()
    // What happens next is told after whatever came late.
    await post(ada, await aGroup('Another club'), 'Welcome')
    await grace.page.getByRole('link', { name: /Another club/ }).waitFor()
    expect(await grace.page.getByRole('link', { name: /Linker club|Compiler club/ }).count()).toBe(0)
  })
})

describe('without a network', () => {
  test('messages wait, go out once and in order, and what was missed is there; a draft survives a reload', async () => {
    const id = await aGroup()
    await Promise.all([enter(ada, id), enter(grace, id)])
    await field(ada.page).fill('A draft')
    await ada.context.setOffline(true)
    await ada.page.getByText('What you write is kept').waitFor()
    await field(ada.page).fill('First, from the train')
    await ada.page.keyboard.press('Enter')
    await field(ada.page).fill('Second, from the train')
    await ada.page.keyboard.press('Enter')
    await timeline(ada.page).getByText('Will be sent when the server can be reached.').first().waitFor()
    await field(ada.page).fill('Not finished')
    await expectAccessible(ada.page)
    await post(grace, id, 'Said meanwhile')

    await ada.context.setOffline(false)
    await message(grace.page, 'Second, from the train').waitFor()
    await message(ada.page, 'Said meanwhile').waitFor()
    await ada.page.reload()
    await message(ada.page, 'Second, from the train').waitFor()
    await expect.poll(() => field(ada.page).inputValue()).toBe('Not finished')
    const { body } = await ada.person.request('GET', `/api/team/conversations/${id}/messages`)
    const sent = body.data.filter((one: { senderId: string }) => one.senderId === ada.person.id)
    expect(sent.map((one: { content: string }) => one.content)).toEqual([
      'First, from the train',
      'Second, from the train',
    ])
  })

  test('what was not sent when the page was left is sent when it is opened again', async () => {
    const id = await aGroup()
    await enter(ada, id)
    const posts = `**/api/team/conversations/${id}/messages`
    const refuse = (route: Route) =>
      route.request().method() === 'POST' ? route.abort('connectionrefused') : route.continue()
    await ada.page.route(posts, refuse)
    await field(ada.page).fill('Before the tunnel')
    await ada.page.keyboard.press('Enter')
    await timeline(ada.page).getByText('Will be sent when the server can be reached.').waitFor()
    await ada.page.goto('/app/settings')
    await ada.page.unroute(posts)
    await enter(grace, id)
    await enter(ada, id)
    await message(grace.page, 'Before the tunnel').waitFor()
    await message(ada.page, 'Before the tunnel').waitFor()
    expect(await message(ada.page, 'Before the tunnel').count()).toBe(1)
  })

  test('a message that the network lost is sent again, although the server was never away', async () => {
    const id = await aGroup()
    await Promise.all([enter(ada, id), enter(grace, id)])
    let lost = 0
    await ada.page.route(`**/api/team/conversations/${id}/messages`, (route) =>
      route.request().method() === 'POST' && lost++ === 0 ? route.abort('connectionreset') : route.continue(),
    )
    await field(ada.page).fill('Twice on its way')
    await ada.page.keyboard.press('Enter')
    await message(grace.page, 'Twice on its way').waitFor()
    expect(lost).toBe(2)
  })

  test('a message whose answer was lost is posted once', async () => {
    const id = await aGroup()
    await enter(ada, id)
    let lost = 0
    await ada.page.route(`**/api/team/conversations/${id}/messages`, async (route) => {
      if (route.request().method() !== 'POST' || lost > 0) return route.continue()
      lost++
      await route.fetch()
      await route.abort('connectionreset')
    })
    await field(ada.page).fill('Only once')
    await ada.page.keyboard.press('Enter')
    await message(ada.page, 'Only once').waitFor()
    await timeline(ada.page).getByText('Will be sent').waitFor({ state: 'detached' })
    await ada.page.reload()
    await message(ada.page, 'Only once').waitFor()
    expect(lost).toBe(1)
    expect(await message(ada.page, 'Only once').count()).toBe(1)
  })
})

describe('on a phone', () => {
  test('list, conversation and information are pages of their own, with a way back from each', async () => {
    const id = await aGroup()
    await post(ada, id, 'Read me on the tram')
    const small = await openPage(browser, server.url, { viewport: phone, hasTouch: true, isMobile: true })
    open.push(small)
    await signIn(small, server.url, grace.person)
    const { page } = small
    await page.goto('/app/teams')
    await expectAccessible(page)
    await page.getByRole('link', { name: /Compiler club/ }).tap()
    await message(page, 'Read me on the tram').waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'About this conversation' }).tap()
    await page.getByRole('region', { name: 'Members' }).getByText('Ada Lovelace').waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Back' }).last().tap()
    await field(page).waitFor()
    await page.getByRole('button', { name: 'Back' }).tap()
    await page.getByRole('link', { name: /Compiler club/ }).waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(phone.width)
  })
})
