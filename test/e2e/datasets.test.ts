/** Datasets and their exports, as people meet them: chosen, frozen, compared, reported on, downloaded. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freePort } from '#test/support/deployed-nginx.ts'
import { startTestServer, type TestPerson, type TestServer } from '#test/support/server.ts'
import { seedTraining } from '#test/support/training-seeds.ts'
import { expectAccessible, launchBrowser, openPage, phone, signIn, type WatchedPage } from './browser.ts'

let server: TestServer
let browser: Awaited<ReturnType<typeof launchBrowser>>
let ada: TestPerson
let page: Page
const opened: WatchedPage[] = []

beforeAll(async () => {
  // Links say where they lead: the server must know its address.
  server = await startTestServer({ env: { PORT: String(await freePort()) } })
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})
beforeEach(async () => {
  ada = await server.newPerson()
  page = (await openAs(ada)).page
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

const topics = ['rent', 'a mortgage', 'student loans', 'a pension', 'insurance', 'a raise', 'taxes', 'savings'] as const

/** Turns that no other conversation has. */
const turnsAbout = (topic: string, roles: readonly ('user' | 'assistant')[] = ['user', 'assistant']) =>
  roles.map((role, index) => ({
    role,
    content: Array.from(topic, (letter) => `${topic} ${letter}${index}`).join(', '),
    train: role === 'assistant',
    emotion: { primary: 'calm', secondary: null, intensity: 0.5 },
  }))

const seed = async (title: string, roles?: readonly ('user' | 'assistant')[], columns = {}, topic = title) =>
  (
    await seedTraining(server.database.owner, ada.id, {
      content: { turns: turnsAbout(topic, roles) },
      columns: { title, status: 'approved', ...columns },
    })
  ).id

/** Eight that every trainer takes. */
const seedEight = async () => {
  for (const topic of topics) await seed(`About ${topic}`)
}

/** A version of all that is approved; returns the dataset. */
const freeze = async (name = 'Spring', settings = {}): Promise<string> => {
  const made = await ada.request('POST', '/api/training/datasets', { name, selection: { filter: {} }, settings })
  expect(made.status).toBe(201)
  const { id } = made.body.dataset
  await freezeAgain(id)
  return id
}
const freezeAgain = async (id: string) => {
  const begun = await ada.request('POST', `/api/training/datasets/${id}/versions`)
  const { version } = begun.body.version
  await expect
    .poll(
      async () => (await ada.request('GET', `/api/training/datasets/${id}/versions/${version}`)).body.version.status,
    )
    .toBe('completed')
}

describe('a dataset', () => {
  test('is made from filters, previewed as its settings change, and frozen into a version that says what it holds', async () => {
    await seedEight()
    await seed('Short', ['user'])
    await seed('About rent, again', undefined, {}, 'About rent')
    await seed('Not approved', undefined, { status: 'pending_review' })
    await page.goto('/conversations/datasets')
    await page.getByRole('link', { name: 'New dataset' }).last().click()
    await page.getByText('11 conversations match now.').waitFor()
    await page.getByLabel('Name', { exact: true }).fill('Spring')
    await page.keyboard.press('Enter')

    const preview = page.getByTestId('preview')
    await preview.getByText('8 conversations', { exact: true }).waitFor()
    expect(await preview.innerText()).toMatch(
      /of 10 that were chosen[\s\S]*Too few turns\s+1[\s\S]*The same as another\s+1/,
    )
    await page.getByLabel('Only approved conversations').uncheck()
    await preview.getByText('9 conversations', { exact: true }).waitFor()
    await page.getByLabel('Train', { exact: true }).fill('80')
    await page.getByText('The three have to add up to 100 percent.').waitFor()
    await page.getByLabel('Validation').fill('20')
    await page.getByRole('button', { name: 'Save and freeze' }).click()

    await page.getByText('Ready', { exact: true }).waitFor()
    await page.getByText('9 of 11').waitFor()
    await page.getByRole('rowheader', { name: 'Train', exact: true }).waitFor()
    await page.getByRole('link', { name: 'About savings' }).waitFor()
    await expectAccessible(page)

    await page.getByText('Duplicates', { exact: true }).click()
    await page.getByText('2 conversations that say the same, or nearly').waitFor()
    await page.getByRole('link', { name: 'About rent, again' }).waitFor()
  })

  test('is given conversations where they are reviewed; one is left out of the next version, and taken back', async () => {
    const [rent, raise] = [
      await seed('About rent'),
      await seed('About a raise', undefined, { status: 'pending_review' }),
    ]
    await seed('About taxes')
    const made = await ada.request('POST', '/api/training/datasets', {
      name: 'Picked',
      selection: { filter: null },
      settings: { only_approved: false },
    })
    const { id } = made.body.dataset
    const named = async () => (await ada.request('GET', `/api/training/datasets/${id}`)).body.dataset.selection

    await page.goto('/conversations')
    await page.getByLabel('Select “About rent”').check()
    await page.getByLabel('Select “About a raise”').check()
    await page.getByRole('button', { name: 'Add to dataset…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Add 2 conversations to a dataset' })
    await dialog.getByText('1 of them is not approved.').waitFor()
    const choice = dialog.getByRole('button', { name: 'Picked' })
    await choice.waitFor()
    await expectAccessible(page)
    await choice.press('Enter')
    await dialog.getByText('Added 2 to “Picked”.').waitFor()
    await expectAccessible(page)
    expect((await named()).include.toSorted()).toEqual([rent, raise].toSorted())

    // What was pressed is gone: the keyboard goes on from where it is, and back to the button in the end.
    await page.keyboard.press('Enter')
    await dialog.waitFor({ state: 'hidden' })
    await page.keyboard.press('Enter')
    await choice.click()
    await dialog.getByRole('link', { name: 'Go to the dataset' }).click()
    await page.getByText('2 conversations belong to it whatever the filter says.').waitFor()
    await page.getByTestId('preview').getByText('2 conversations', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Freeze the version' }).click()
    await page.getByRole('link', { name: 'About a raise' }).waitFor()

    const row = page.getByRole('listitem').filter({ hasText: 'About rent' })
    await row.getByRole('button', { name: 'Leave out “About rent”' }).press('Enter')
    await row.getByText('Left out of the next version').waitFor()
    await expect.poll(named).toMatchObject({ include: [raise], exclude: [rent] })
    await expectAccessible(page)
    // The same button undoes it, and the conversation is named again.
    await page.keyboard.press('Enter')
    await row.getByRole('button', { name: 'Leave out “About rent”' }).waitFor()
    await expect.poll(named).toMatchObject({ include: [raise, rent], exclude: [] })
  })

  test('shows what its next version begins with; what is left out there is found again, and put back', async () => {
    const rent = await seed('About rent')
    await seed('About taxes')
    const made = await ada.request('POST', '/api/training/datasets', { name: 'By tier', selection: { filter: {} } })
    const { id } = made.body.dataset
    const selection = async () => (await ada.request('GET', `/api/training/datasets/${id}`)).body.dataset.selection

    await page.goto(`/conversations/datasets/${id}`)
    const members = page.getByRole('region', { name: 'Its conversations now' })
    const row = members.getByRole('listitem').filter({ hasText: 'About rent' })
    await members.getByText('About taxes').waitFor()
    await row.getByRole('button', { name: 'Leave out “About rent”' }).press('Enter')
    await row.getByText('Left out of the next version').waitFor()
    await expect.poll(selection).toMatchObject({ include: [], exclude: [rent] })
    await page.getByTestId('preview').getByText('1 conversation', { exact: true }).waitFor()
    await expectAccessible(page)
    // It stays in its place until the list is looked at again.
    await page.reload()
    await members.getByText('About taxes').waitFor()
    expect(await row.count()).toBe(0)

    await members.getByText('Left out by name').click()
    await row.getByRole('button', { name: 'Undo leaving out “About rent”' }).click()
    await row.getByText('Added by name').waitFor()
    await members.getByText('In it', { exact: true }).click()
    await row.waitFor()
    await expect.poll(selection).toMatchObject({ include: [rent], exclude: [] })
  })

  test('keeps what was left out while its filter was being changed, and what another tab has saved meanwhile', async () => {
    const rent = await seed('About rent')
    await seed('About taxes')
    const made = await ada.request('POST', '/api/training/datasets', { name: 'Twice', selection: { filter: {} } })
    const { id } = made.body.dataset
    const saved = async () => (await ada.request('GET', `/api/training/datasets/${id}`)).body.dataset

    await page.goto(`/conversations/datasets/${id}`)
    await page.getByLabel('Tier').selectOption('template')
    await page.getByText('your changes are not in this list yet').waitFor()
    await page.getByRole('button', { name: 'Leave out “About rent”' }).click()
    await page.getByText('Left out of the next version ·').waitFor()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('your changes are not in this list yet').waitFor({ state: 'detached' })
    expect((await saved()).selection).toMatchObject({ filter: { tier: 'template' }, exclude: [rent] })

    await page.getByLabel('Tier').selectOption('scenario')
    await ada.request('PATCH', `/api/training/datasets/${id}`, { settings: { ...(await saved()).settings, seed: '7' } })
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('It was changed elsewhere meanwhile.').waitFor()
    await expect.poll(() => page.getByLabel('Seed').inputValue()).toBe('7')
    expect(await page.getByLabel('Tier').inputValue()).toBe('scenario')
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('button', { name: 'Save', exact: true }).waitFor({ state: 'detached' })
    await expect.poll(saved).toMatchObject({ selection: { filter: { tier: 'scenario' } }, settings: { seed: '7' } })
  })

  test('is given the conversation whose details are open', async () => {
    const rent = await seed('About rent')
    await page.goto(`/conversations?open=${rent}`)
    await page.getByRole('button', { name: 'Add to dataset…' }).click()
    const empty = page.getByRole('dialog', { name: 'Add 1 conversation to a dataset' })
    await empty.getByRole('link', { name: 'New dataset' }).waitFor()
    await page.keyboard.press('Escape')
    await empty.waitFor({ state: 'hidden' })

    await ada.request('POST', '/api/training/datasets', { name: 'Picked', selection: { filter: {} } })
    await page.reload()
    await page.getByRole('button', { name: 'Add to dataset…' }).click()
    // Letters that decide about a conversation mean nothing here.
    await page.keyboard.press('r')
    await page.getByRole('button', { name: 'Picked' }).click()
    await page.getByText('Added 1 to “Picked”.').waitFor()
    const [{ selection }] = (await ada.request('GET', '/api/training/datasets')).body.datasets
    expect(selection).toMatchObject({ include: [rent], exclude: [] })
  })

  test('shows what has changed since the version before', async () => {
    await seedEight()
    const id = await freeze()
    await seed('A newcomer')
    await freezeAgain(id)
    await page.goto(`/conversations/datasets/${id}/versions/2?view=changes`)
    const newcomer = page.getByRole('listitem').filter({ hasText: 'A newcomer' })
    await newcomer.waitFor()
    expect(await newcomer.innerText()).toContain('added')
    expect(await page.getByLabel('Compared with').inputValue()).toBe('1')
  })

  test('can be deleted after a second press, which leads back to the list', async () => {
    await seedEight()
    const id = await freeze('Autumn')
    await page.goto(`/conversations/datasets/${id}`)
    await page.getByText('Version 1').first().waitFor()
    await page.getByRole('button', { name: 'Delete the dataset' }).click()
    await page.getByRole('button', { name: 'Delete it with its versions?' }).click()
    await page.getByText('Make the first one').waitFor()
    await page.goto(`/conversations/datasets/${id}`)
    await page.getByText('There is no such dataset').waitFor()
  })
})

describe('an export', () => {
  test('reports what a trainer would leave out, by rule and by name; a fix is switched on and the report follows', async () => {
    await seedEight()
    await seed('Unanswered', ['user', 'assistant', 'user'])
    await freeze()
    const id = (await ada.request('GET', '/api/training/datasets')).body.datasets[0].id
    await page.goto(`/conversations/datasets/${id}/versions/1?view=export`)
    await page.getByRole('checkbox', { name: /^Mistral/ }).check()
    const report = page.getByRole('region', { name: /^Report for Mistral/ })
    await report.getByText('8 of 9 conversations get into the files.').waitFor()
    await report.getByText('1 is left out.').waitFor()
    await report.getByRole('button', { name: 'Show which' }).click()
    await report.getByRole('link', { name: 'Unanswered' }).waitFor()
    await expectAccessible(page)

    await report.getByLabel('Take out what comes behind the last answer of the assistant').check()
    await report.getByText('9 of 9 conversations get into the files.').waitFor()
    expect(await report.getByLabel('Take out what comes behind the last answer of the assistant').isChecked()).toBe(
      true,
    )

    await page.getByRole('button', { name: 'Export', exact: true }).click()
    await page.getByText('Ready', { exact: true }).waitFor()
    await page.getByText(/The files go in (23 hours 5\d minutes|24 hours)\./).waitFor()
    const [made] = (await ada.request('GET', '/api/training/exports')).body.exports
    expect(made.targets).toEqual([{ id: 'mistral', options: { fixes: ['drop_trailing_user'] } }])
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: /^training-data-spring-v1/ }).click(),
    ])
    const bytes = await readFile(await download.path())
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(made.downloads[0].sha256)
    expect(download.suggestedFilename()).toBe(made.downloads[0].name)
    await expectAccessible(page)
  })

  test('says that its day is over, and is made again with one press', async () => {
    await seedEight()
    const id = await freeze()
    const body = { dataset_id: id, version: 1, targets: [{ id: 'messages', options: {} }], compression: 'none' }
    const { export_id: first } = (await ada.request('POST', '/api/training/exports', body)).body
    await expect
      .poll(async () => (await ada.request('GET', `/api/training/exports/${first}`)).body.export.status)
      .toBe('completed')
    await page.goto('/conversations/exports')
    const file = page.getByRole('button', { name: /^training-data-spring-v1.*jsonl/ }).first()
    await file.waitFor()
    await server.database.owner.query(`update exports set status = 'expired', folder = null where export_id = $1`, [
      first,
    ])
    await file.click()
    await page.getByText('Files are kept for a day, and that is over.').waitFor()
    await page.getByRole('button', { name: 'Export again' }).click()
    await page.getByText('Ready', { exact: true }).waitFor()
    const [again] = (await ada.request('GET', '/api/training/exports')).body.exports
    expect(again).toMatchObject({ compression: 'none', targets: body.targets, scope: { dataset_id: id, version: 1 } })
  })
})

test.each([
  [
    ['datasets', 'Spring'],
    ['datasets?new=true', 'Những hội thoại nào'],
    ['datasets/{id}', 'Phân chia'],
  ],
  [
    ['datasets/{id}/versions/1', 'About savings'],
    ['datasets/{id}/versions/1?view=export', 'ShareGPT'],
    ['exports', 'Chưa có bản xuất nào'],
  ],
] as const)(
  'a phone shows %s and the like without moving sideways, in Vietnamese and in the dark too',
  async (...places) => {
    await seedEight()
    const id = await freeze()
    const visitor = await openAs(ada, { viewport: phone, locale: 'vi-VN', colorScheme: 'dark' })
    for (const [address, word] of places) {
      await visitor.page.goto(`/conversations/${address.replace('{id}', id)}`)
      await visitor.page.getByText(word).first().waitFor()
      expect(await visitor.page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
      await expectAccessible(visitor.page)
    }
  },
)
