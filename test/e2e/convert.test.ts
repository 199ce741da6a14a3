/** Converting files without an account, as people do it: dropped, converted, downloaded, found again after a reload and in a second tab. */
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Download, Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { realEngines } from '#test/support/real-engines.ts'
import { startTestServer, type TestServer } from '#test/support/server.ts'
import { hangingEngine, slowEngine } from '#test/support/stub-engines.ts'
import { expectAccessible, launchBrowser, openPage, openTab, phone, signIn, type WatchedPage } from './browser.ts'

/** With the engines of this machine. */
let server: TestServer
/** Text becomes Markdown in a moment; tables get two fifths of the way, and no further. */
let scripted: TestServer
let browser: Awaited<ReturnType<typeof launchBrowser>>
let folder: string
let docx: string
let png: string
let txt: string
let csv: string
const opened: WatchedPage[] = []

const stuck = hangingEngine({ id: 'ocr', conversions: [{ from: ['csv'], to: ['html', 'txt'] }] })

beforeAll(async () => {
  server = await startTestServer({ engines: realEngines() })
  scripted = await startTestServer({
    engines: [
      slowEngine(500),
      {
        ...stuck,
        convert: (task) => {
          task.onProgress(0.4)
          return stuck.convert(task)
        },
      },
    ],
  })
  browser = await launchBrowser()
  folder = await mkdtemp(path.join(tmpdir(), 'parlance-convert-'))
  docx = path.join(folder, 'Báo cáo quý.docx')
  execFileSync('pandoc', ['--from', 'markdown', '--output', docx], { input: '# The harbour\n\nShips come and go.\n' })
  png = path.join(folder, 'harbour.png')
  await sharp({ create: { width: 300, height: 200, channels: 3, background: '#2a7' } })
    .png()
    .toFile(png)
  txt = path.join(folder, 'notes.txt')
  await writeFile(txt, 'Some words.\n')
  csv = path.join(folder, 'table.csv')
  await writeFile(csv, 'a,b\n1,2\n')
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
  await scripted?.close()
  if (folder) await rm(folder, { recursive: true, force: true })
})

/** Of the banner over a page whose server is away. */
const away = 'this page connects again by itself.'

let visitor: WatchedPage
let page: Page

const visit = async (
  at: TestServer,
  address: string,
  options: Parameters<typeof openPage>[2] = {},
  prepare = async (_page: Page): Promise<void> => {},
): Promise<void> => {
  visitor = await openPage(browser, at.url, options)
  opened.push(visitor)
  page = visitor.page
  await prepare(page)
  await page.goto(address)
  await page.getByRole('button', { name: 'Choose files' }).waitFor()
}
beforeEach(() => {
  opened.length = 0
})
afterEach(async () => {
  const complaints = opened.flatMap((one) => one.complaints)
  for (const { context } of opened) await context.close()
  expect(complaints).toEqual([])
})

const choose = (where: Page, ...files: string[]) => where.locator('input[type=file]').setInputFiles(files)

/** What an explorer's window lets go over the page. */
const drop = async (...files: readonly { readonly name: string; readonly content: string }[]): Promise<void> => {
  // As text: the types of tests don't know what browsers have.
  const data = await page.evaluateHandle(`(() => {
    const transfer = new DataTransfer()
    for (const { name, content } of ${JSON.stringify(files)}) transfer.items.add(new File([content], name))
    return transfer
  })()`)
  for (const type of ['dragover', 'drop']) {
    await page.locator('#content > div').dispatchEvent(type, { dataTransfer: data })
  }
}

const chooseFormat = async (where: Page, name: string, format: string): Promise<void> => {
  await where.getByRole('button', { name: `Convert to… ${name}` }).click()
  await where.getByRole('combobox', { name: 'Search formats' }).fill(format)
  await where.keyboard.press('Enter')
}

const bytesOf = async (download: Download): Promise<Buffer> => readFile(await download.path())

const downloaded = async (button: string): Promise<Download> => {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button }).click(),
  ])
  return download
}

/** Of the session, not of the history. */
const row = (where: Page, text: string) =>
  where
    .getByRole('region', { name: /^\d+ files?$/ })
    .getByRole('listitem')
    .filter({ hasText: text })

describe('somebody without an account', () => {
  test('converts a document and a picture, and downloads each and all', async () => {
    await visit(server, '/convert')
    await page.getByRole('link', { name: 'Sign in' }).waitFor()
    await expectAccessible(page)
    await choose(page, docx, png)
    await chooseFormat(page, 'Báo cáo quý.docx', 'pdf')
    await chooseFormat(page, 'harbour.png', 'webp')
    const document = await downloaded('Download Báo cáo quý.pdf')
    expect(document.suggestedFilename()).toBe('Báo cáo quý.pdf')
    expect((await bytesOf(document)).subarray(0, 5).toString()).toBe('%PDF-')
    const picture = await sharp(await bytesOf(await downloaded('Download harbour.webp'))).metadata()
    expect(picture).toMatchObject({ format: 'webp', width: 300, height: 200 })
    const archive = await bytesOf(await downloaded('Download all (ZIP)'))
    for (const name of ['Báo cáo quý.pdf', 'harbour.webp']) expect(archive.includes(name)).toBe(true)
    await expectAccessible(page)
  })

  test('is offered only formats that fit, and finds them by name with the keyboard', async () => {
    await visit(server, '/convert')
    await choose(page, docx)
    await page.getByRole('button', { name: 'Convert to… Báo cáo quý.docx' }).click()
    await page.getByRole('option').first().waitFor()
    const offered = await page.getByRole('option').allTextContents()
    expect(offered).toContain('PDF')
    expect(offered.filter((format) => /^(MP3|PNG|XLSX|DOCX)/.test(format))).toEqual([])
    await page.getByRole('combobox', { name: 'Search formats' }).fill('opendocument')
    await expect.poll(() => page.getByRole('option').allTextContents()).toEqual(['ODTOpenDocument Text'])
    await expectAccessible(page)
    await page.keyboard.press('Escape')
    await page.getByRole('combobox').waitFor({ state: 'detached' })
  })

  test('reads why a file was refused, in the server’s words', async () => {
    await visit(server, '/convert')
    await drop({ name: 'letter.docx', content: 'This is no document.' })
    await page.getByRole('alert').getByText('The file is not what the end of its name says.').waitFor()
    await page.getByRole('button', { name: 'Remove letter.docx' }).click()
    await row(page, 'letter.docx').waitFor({ state: 'detached' })
  })

  test('on the page of a pair only drops the file', async () => {
    await visit(server, '/convert/md-to-docx', { viewport: phone })
    await page.getByRole('heading', { level: 1, name: 'Markdown to Word' }).waitFor()
    await drop({ name: 'plan.md', content: '# Plan\n\nWalk to the harbour.\n' })
    const made = await downloaded('Download plan.docx')
    expect((await bytesOf(made)).subarray(0, 2).toString()).toBe('PK')
    await expectAccessible(page)
  })

  test('is told when the server can’t do the pair of the page', async () => {
    await visit(scripted, '/convert/docx-to-pdf')
    await page.getByText('This server can’t make PDF of Word at the moment.').waitFor()
  })
})

test('somebody who is signed in finds it among the areas', async () => {
  const person = await server.newPerson()
  await visit(server, '/convert')
  await signIn(visitor, server.url, person)
  await page.goto('/app/conversations/new')
  await page.getByRole('link', { name: 'Convert' }).click()
  await page.getByRole('button', { name: 'Choose files' }).waitFor()
  expect(await page.getByRole('link', { name: 'Convert', exact: true }).getAttribute('aria-current')).toBe('page')
})

describe('a conversion', () => {
  test('shows how far it is', async () => {
    await visit(scripted, '/convert')
    await choose(page, csv)
    await chooseFormat(page, 'table.csv', 'html')
    await row(page, 'Converting to HTML: 40%').waitFor()
    const bar = page.getByRole('progressbar', { name: 'Converting table.csv' })
    expect(await bar.getAttribute('aria-valuenow')).toBe('40')
    await expectAccessible(page)
  })

  test('can be stopped, and the file converted into something else or removed', async () => {
    await visit(scripted, '/convert')
    await choose(page, csv)
    await chooseFormat(page, 'table.csv', 'html')
    await page.getByText('Converting to HTML').waitFor()
    await page.getByRole('button', { name: 'Stop table.csv' }).click()
    await row(page, 'You stopped this conversion.').waitFor()
    await chooseFormat(page, 'table.csv', 'txt')
    await page.getByText('Converting to TXT').waitFor()
    await page.getByRole('button', { name: 'Stop table.csv' }).click()
    await page.getByRole('button', { name: 'Remove table.csv' }).click()
    await page.getByRole('button', { name: 'Really remove table.csv from the server?' }).click()
    await row(page, 'table.csv').waitFor({ state: 'detached' })
  })

  test('is known after a reload and in a second tab, and its end is seen in both', async () => {
    await visit(scripted, '/convert')
    const second = await openTab(visitor, scripted.url)
    await second.goto('/convert')
    await second.getByRole('button', { name: 'Choose files' }).waitFor()
    await choose(page, txt)
    await row(second, 'notes.txt').getByText('Uploaded').waitFor()
    await page.reload()
    await chooseFormat(page, 'notes.txt', 'md')
    for (const tab of [page, second]) await tab.getByRole('button', { name: 'Download notes.md' }).waitFor()
    await page.reload()
    await page.getByRole('button', { name: 'Download notes.md' }).waitFor()
  })

  test('ends without a stream too: the page asks for it', async () => {
    await visit(scripted, '/convert')
    await page.route('**/session/events', (route) => route.abort())
    const asked = page.waitForRequest((request) => request.url().includes('/job_status?job_id='))
    await page.reload()
    await choose(page, txt)
    await chooseFormat(page, 'notes.txt', 'md')
    await asked
    await page.getByRole('button', { name: 'Download notes.md' }).waitFor()
  })

  test('that the server has no room for waits as long as it says, and then goes on', async () => {
    await visit(scripted, '/convert')
    let refusals = 0
    await page.route(
      (url) => url.pathname === '/convert',
      (route) => {
        if (route.request().method() !== 'POST' || refusals++ > 0) return route.continue()
        return route.fulfill({
          status: 429,
          headers: { 'retry-after': '2' },
          contentType: 'application/json',
          body: JSON.stringify({ success: false, data: { error: 'TaskLimitExceeded', message: 'Too many.' } }),
        })
      },
    )
    await choose(page, txt)
    await chooseFormat(page, 'notes.txt', 'md')
    await page.getByText(/The server is busy\. This goes on by itself in \d seconds?\./).waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Download notes.md' }).waitFor()
  })
})

describe('a session', () => {
  test('that is closed is empty in every tab; the history stays, and holds no token', async () => {
    await visit(scripted, '/convert')
    await choose(page, txt)
    await chooseFormat(page, 'notes.txt', 'md')
    await downloaded('Download notes.md')
    const second = await openTab(visitor, scripted.url)
    await second.goto('/convert')
    await second.getByRole('button', { name: 'Download notes.md' }).waitFor()

    await page.getByRole('button', { name: 'Close session' }).click()
    await page.getByRole('button', { name: 'Remove all files?' }).click()
    await page.getByText('The session is closed.').waitFor()
    await second.getByText('Your session has ended').waitFor()
    expect(await second.getByRole('button', { name: 'Download notes.md' }).count()).toBe(0)
    await expectAccessible(page)

    await page.reload()
    const history = page.getByRole('region', { name: 'History' })
    await history.getByText('notes.txt').waitFor()
    const records = JSON.parse((await bytesOf(await downloaded('Export'))).toString('utf8'))
    expect(records).toEqual([
      {
        job_id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4/),
        original_filename: 'notes.txt',
        target_format: 'md',
        status: 'completed',
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        download_token: null,
      },
    ])
    await page.getByRole('button', { name: 'Clear history' }).click()
    await page.getByRole('button', { name: 'Clear it?' }).click()
    await history.waitFor({ state: 'detached' })
    await page.reload()
    await page.getByRole('button', { name: 'Choose files' }).waitFor()
    expect(await history.count()).toBe(0)
  })

  test('that ended meanwhile says so, and files go into a new one', async () => {
    await visit(scripted, '/convert')
    await choose(page, txt)
    await row(page, 'Uploaded').waitFor()
    await visitor.context.clearCookies()
    await chooseFormat(page, 'notes.txt', 'md')
    await page.getByText('Your session has ended, and its files are removed from the server.').waitFor()
    await page.getByRole('button', { name: 'Begin a new session' }).click()
    await page.getByText('Only this browser can reach what you upload.').waitFor()
    await choose(page, txt)
    await chooseFormat(page, 'notes.txt', 'md')
    await page.getByRole('button', { name: 'Download notes.md' }).waitFor()
  })

  test('that ended while a file was uploaded keeps the file, which goes into a new one with its format', async () => {
    await visit(scripted, '/convert')
    await page.getByText('Only this browser can reach what you upload.').waitFor()
    await visitor.context.clearCookies()
    await choose(page, txt)
    await page.getByText('What was not uploaded yet is kept here and goes into the next session.').waitFor()
    await chooseFormat(page, 'notes.txt', 'md')
    await page.getByRole('button', { name: 'Download notes.md' }).waitFor()
  })
})

describe('a server', () => {
  test('without an engine says which package brings it', async () => {
    const office = { id: 'office', name: 'LibreOffice', isInstalled: false, packages: ['libreoffice-writer-nogui'] }
    await visit(scripted, '/convert')
    await page.route('**/convert/engines', (route) => route.fulfill({ json: { success: true, data: [office] } }))
    await page.reload()
    await page.getByText('LibreOffice needs: libreoffice-writer-nogui').waitFor()
    await page.getByText('npm run engines').waitFor()
    await expectAccessible(page)
  })

  test('whose virus scanner is away takes no file, and takes it when it is tried again', async () => {
    await visit(scripted, '/convert')
    const message = 'The virus scanner cannot be reached, so files are not accepted.'
    await page.route('**/upload', (route) =>
      route.fulfill({
        status: 503,
        json: { success: false, data: { error: 'ServiceUnavailableError', message } },
      }),
    )
    await choose(page, txt)
    await page.getByText(message).waitFor()
    await page.unroute('**/upload')
    await page.getByRole('button', { name: 'Try notes.txt again' }).click()
    await page.getByRole('button', { name: 'Convert to… notes.txt' }).waitFor()
  })

  test('that can’t be reached gets the file when it is back', async () => {
    await visit(scripted, '/convert')
    await visitor.context.setOffline(true)
    await choose(page, txt)
    // The banner: what is said of the file may come of a network that was gone for a moment only.
    await page.getByText(away, { exact: false }).waitFor()
    await visitor.context.setOffline(false)
    await page.getByRole('button', { name: 'Convert to… notes.txt' }).waitFor()
  })

  test.for([[['/session/init', '/convert/formats']], [['/upload']]] as const)(
    'that went with %j unanswered is asked again when it is back',
    async ([questions]) => {
      const open = new Set<string>(questions)
      await visit(scripted, '/convert', {}, async (opened) => {
        await opened.clock.install()
        await opened.route(
          ({ pathname }) => open.has(pathname),
          (route) => void open.delete(new URL(route.request().url()).pathname),
        )
      })
      await choose(page, txt)
      await expect.poll(() => open.size).toBe(0)
      await visitor.context.setOffline(true)
      await page.getByText(away, { exact: false }).waitFor()
      await visitor.context.setOffline(false)
      await page.getByText(away, { exact: false }).waitFor({ state: 'detached' })
      await page.clock.fastForward(8000)
      await chooseFormat(page, 'notes.txt', 'md')
      await page.getByRole('button', { name: 'Download notes.md' }).waitFor()
    },
  )
})
