/** Real conversations as training data: seen first, redacted by hand, taken with consent, and erased by whom they belong to. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { seedConversation, seedMessage } from '#test/support/seeds.ts'
import { startTestServer, type TestPerson, type TestServer } from '#test/support/server.ts'
import { seedTeam, seedTeamMessage } from '#test/support/team-seeds.ts'
import { expectAccessible, launchBrowser, openPage, phone, signIn, type WatchedPage } from './browser.ts'

let server: TestServer
let browser: Awaited<ReturnType<typeof launchBrowser>>
const open: WatchedPage[] = []

beforeAll(async () => {
  server = await startTestServer()
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})
afterEach(async () => {
  const complaints = open.flatMap((watched) => watched.complaints)
  await Promise.all(open.splice(0).map(({ context }) => context.close()))
  expect(complaints).toEqual([])
})

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

/** A conversation with a model, in turns. */
const aChat = async ({ id: ownerId }: TestPerson, title: string, lines: readonly string[]): Promise<string> => {
  const { owner } = server.database
  const conversationId = await seedConversation(owner, ownerId, { title })
  for (const [index, content] of lines.entries())
    await seedMessage(
      owner,
      { conversationId, ownerId },
      { role: index % 2 === 0 ? 'user' : 'assistant', content, created_at: new Date(Date.UTC(2026, 0, 3, 0, index)) },
    )
  return conversationId
}

/** Who says it, or the model. */
type Line = readonly [TestPerson | 'model', string]

/** A group that the first of them leads. */
const aGroup = async (people: readonly TestPerson[], lines: readonly Line[]): Promise<string> => {
  const { owner } = server.database
  const members = people.map(({ id: userId }) => ({ userId }))
  const conversationId = await seedTeam(owner, members, { title: 'Help desk' })
  for (const [who, content] of lines)
    await seedTeamMessage(
      owner,
      { conversationId, senderId: who === 'model' ? null : who.id },
      who === 'model' ? { role: 'assistant', type: 'text', model: 'm', content } : { content },
    )
  return conversationId
}

describe('a conversation with a model', () => {
  test('is shown with its redactions, changed by keyboard and by selecting words, taken, and given a redaction back', async () => {
    const { page, person } = await visitor('Ada Lovelace')
    const id = await aChat(person, 'Bluebird is late', [
      'I am Ada Lovelace, mail me at ada@example.org. Bluebird is late, and Jonas knows.',
      'Ask Jonas about Bluebird.',
    ])
    await page.goto(`/app/conversations/${id}`)
    await page.getByRole('link', { name: 'Use as training data…' }).click()
    await page.getByText('2 of 2 redacted').waitFor()
    await expectAccessible(page)

    const mail = page.getByRole('button', { name: 'Redact (E-mail address): ada@example.org' })
    expect(await mail.getAttribute('aria-pressed')).toBe('true')
    await mail.focus()
    await page.keyboard.press('Space')
    await expect.poll(() => mail.getAttribute('aria-pressed')).toBe('false')
    await page.keyboard.press('Space')
    await page.getByRole('textbox', { name: 'Also redact' }).fill('bluebird')
    await page.keyboard.press('Enter')
    await page.getByText('4 of 4 redacted').waitFor()
    expect(await page.getByRole('textbox', { name: 'Title' }).inputValue()).toBe('[NAME] is late')

    await page.getByText('Jonas').first().waitFor()
    await page.evaluate(`(() => {
      const turn = document.querySelectorAll('[data-turn]')[1]
      const text = turn.firstChild.firstChild
      document.getSelection().setBaseAndExtent(text, 4, text, 9)
    })()`)
    await page.getByRole('button', { name: 'Redact in 2 places' }).click()
    await page.getByText('6 of 6 redacted').waitFor()
    await page.getByRole('textbox', { name: 'Title' }).fill('A late project')
    await page.getByRole('button', { name: 'Take it' }).click()

    await page.getByRole('heading', { name: 'Redactions' }).waitFor()
    await page.getByText('I am [PERSON_A], mail me at [EMAIL_1]. [NAME_1] is late, and [NAME_2] knows.').waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Put back what [NAME_1] stands for' }).click()
    await page.getByText('Ask [NAME_2] about Bluebird.').waitFor()
  })

  test('that says something else by now is not taken as it was shown', async () => {
    const { page, person } = await visitor('Ada')
    const id = await aChat(person, 'A chat', ['Hello', 'Hi'])
    await page.goto(`/conversations/sources/${id}`)
    await page.getByRole('button', { name: 'Take it' }).waitFor()
    await server.database.owner.query(`update messages set content = 'Good day' where conversation_id = $1`, [id])
    await page.getByRole('button', { name: 'Take it' }).click()
    await page.getByText('has changed since it was shown').waitFor()
    await page.getByRole('button', { name: 'Read again' }).click()
    await page.getByText('Good day').first().waitFor()
    await page.getByRole('button', { name: 'Take it' }).click()
    await page.waitForURL(/\/conversations\?open=/)
  })

  test('that is too long is taken in part', async () => {
    const { page, person } = await visitor('Ada')
    const long = Array.from({ length: 10 }, () => 'x '.repeat(24_000))
    const id = await aChat(person, 'A long chat', [...long, ...Array.from({ length: 20 }, (_, at) => `Line ${at}`)])
    await page.goto(`/conversations/sources/${id}`)
    await page.getByText('This conversation is too long').waitFor()
    await expectAccessible(page)
    await page.getByLabel('Which part').selectOption({ label: 'The latest 20 messages' })
    await page.getByText('Line 0', { exact: true }).waitFor()
    expect(await page.getByLabel('Which part').inputValue()).toBe('20')
    await page.getByRole('button', { name: 'Take it' }).click()
    await page.waitForURL(/\/conversations\?open=/)
  })

  test('of somebody else is not shown; lists that fail or are empty say how to go on', async () => {
    const { page } = await visitor('Ada')
    const stranger = await server.newPerson()
    const id = await aChat(stranger, 'Private', ['Hello', 'Hi'])
    await page.goto(`/conversations/sources/${id}`)
    await page.getByText('This conversation is gone, or you may not take it.').waitFor()
    await page.route('**/api/training/sources?*', (route) => route.fulfill({ status: 500, body: '' }))
    await page.getByRole('link', { name: 'See what you can take' }).click()
    await page.getByText('Your conversations could not be loaded.').waitFor()
    await page.unroute('**/api/training/sources?*')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('You have no conversations with models yet.').waitFor()
    await expectAccessible(page)
  })
})

describe('a team conversation', () => {
  test('is taken with the words of those who agreed, and without the words of those who declined', async () => {
    const ada = await visitor('Ada Lovelace')
    const [grace, linus] = [await server.newPerson(), await server.newPerson()]
    const id = await aGroup(
      [ada.person, grace, linus],
      [
        [ada.person, 'Nobody can sign in.'],
        [grace, 'Reset the password.'],
        [linus, 'Look at the audit log.'],
        [ada.person, 'How do I explain this?'],
        ['model', 'Say that you are on it.'],
      ],
    )
    const { page } = ada
    await page.goto(`/app/teams/${id}?panel=info`)
    await page.getByRole('link', { name: 'Use as training data…' }).click()
    await page.getByLabel('What the words are for').fill('To teach our help desk')
    await page.getByRole('button', { name: 'Ask everybody' }).click()
    await page.getByText('0 agreed, 0 declined, 2 not answered yet').waitFor()
    expect(await page.getByRole('button', { name: 'Take it' }).isDisabled()).toBe(true)
    await expectAccessible(page)

    const { body } = await linus.request('GET', '/api/training/consents')
    const question = `/api/training/consents/${body.consents[0].request_id}`
    await grace.request('PUT', question, { answer: 'granted' })
    await linus.request('PUT', question, { answer: 'declined' })

    await page.reload()
    await page.getByText('1 agreed, 1 declined, 0 not answered yet').waitFor()
    await page.getByText('Reset the password.').waitFor()
    await page.getByText('1 message is left out').waitFor()
    expect(await page.getByText('Look at the audit log.').count()).toBe(0)
    await page.getByRole('button', { name: 'Take it' }).click()
    await page.waitForURL(/\/conversations\?open=/)
  })

  test('asks its people in it, and hears what they say', async () => {
    const ada = await server.newPerson()
    const { page, person } = await visitor('Grace Hopper', { viewport: phone })
    const id = await aGroup([ada, person], [[ada, 'Nobody can sign in.']])
    const consent = `/api/training/sources/${id}/consent`
    await ada.request('POST', consent, { purpose: 'To teach our help desk' })
    await page.goto(`/app/teams/${id}`)
    const question = page.getByRole('region', { name: 'Question about your words' })
    await question.getByText('To teach our help desk').waitFor()
    await expectAccessible(page)
    await question.getByRole('button', { name: 'Agree' }).click()
    await question.waitFor({ state: 'detached' })
    expect((await ada.request('GET', consent)).body.answers).toMatchObject([{ answer: 'granted' }])
  })

  test('gives back what it holds: those whose words they are see where, erase them there, and withdraw', async () => {
    const ada = await server.newPerson()
    const grace = await visitor('Grace Hopper', { viewport: phone })
    const id = await aGroup(
      [ada, grace.person],
      [
        [ada, 'Nobody can sign in.'],
        ['model', 'Try the page for lost passwords.'],
        [grace.person, 'That page is down.'],
        ['model', 'Then restart it.'],
      ],
    )
    const source = `/api/training/sources/${id}`
    const { body: question } = await ada.request('POST', `${source}/consent`, { purpose: 'To teach our help desk' })
    await grace.person.request('PUT', `/api/training/consents/${question.request_id}`, { answer: 'granted' })
    const { fingerprint } = (await ada.request('POST', `${source}/preview`, {})).body
    const taken = await ada.request('POST', `${source}/take`, { title: 'Taken', fingerprint, redactions: [] })
    expect(taken.status).toBe(201)

    const { page } = grace
    await page.goto('/app/settings#words')
    await page.getByText('In the hands of').waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Erase my words from “Help desk”' }).click()
    await page.getByText('This can’t be undone.').waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Erase my words', exact: true }).click()
    await page.getByText('No training conversation holds words of yours.').waitFor()
    const kept = await ada.request('GET', `/api/training/conversations/${taken.body.conversation_id}`)
    expect(kept.body.turns.map(({ content }: { content: string }) => content)).toEqual([
      'Nobody can sign in.',
      'Try the page for lost passwords.',
    ])

    await page.getByRole('button', { name: 'Withdraw…' }).click()
    await page.getByRole('button', { name: 'Withdraw and erase' }).click()
    await page.getByText('Declined', { exact: true }).waitFor()
  })
})
