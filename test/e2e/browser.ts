/** A real browser for the e2e suite: Debian's Chromium through Playwright, watched for anything that a page must not do. */
import axe from 'axe-core'
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'
import type { TestPerson } from '#test/support/server.ts'

/**
 * Where Debian puts it; another system's is named by CHROMIUM. The shell is the same engine without the windows around it:
 * to open a page costs it 1.0 s of processor time and `chromium` 2.3, most of the difference for pages of the address bar.
 */
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium-headless-shell'

/** Without these Chromium asks its maker's servers at every start. */
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export const desktop = { width: 1280, height: 800 }
export const phone = { width: 390, height: 844 }

export const launchBrowser = () => chromium.launch({ executablePath, args: quiet })

export interface WatchedPage {
  readonly page: Page
  readonly context: BrowserContext
  /** Errors of scripts, refusals of the content security policy, and requests to anywhere but the server. */
  readonly complaints: readonly string[]
}

/** A page of its own browser profile. `complaints` must stay empty. */
export const openPage = async (
  browser: Awaited<ReturnType<typeof launchBrowser>>,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> => {
  const context = await browser.newContext({ viewport: desktop, locale: 'en-GB', baseURL: url, ...options })
  const page = await context.newPage()
  const complaints: string[] = []
  watch(page, url, complaints)
  return { page, context, complaints }
}

/** Lets the profile be somebody's from its next request on, without the form. */
export const signIn = async ({ context }: WatchedPage, url: string, { cookie }: TestPerson): Promise<void> => {
  const [name = '', value = ''] = cookie.split('=', 2)
  await context.addCookies([{ name, value, url }])
}

/** Further pages of the same profile: a second tab. */
export const openTab = async ({ context, complaints }: WatchedPage, url: string): Promise<Page> => {
  const page = await context.newPage()
  watch(page, url, complaints as string[])
  return page
}

const watch = (page: Page, url: string, complaints: string[]) => {
  page.on('pageerror', (error) => complaints.push(`script error: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error' && /content security policy|refused to/i.test(message.text())) {
      complaints.push(message.text())
    }
  })
  page.on('request', (request) => {
    const address = request.url()
    if (!address.startsWith(url) && !/^(data|blob):/.test(address)) complaints.push(`foreign request: ${address}`)
  })
}

/** What is about to be replaced is paler than what replaces it; a reply that is being written is busy for as long as it likes. */
const busy = '[aria-busy="true"]:not(article)'

/** What is still fading in has less contrast than it will have. Spinners never end and are left alone. */
const settleAnimations = `Promise.allSettled(document.getAnimations()
  .filter((animation) => Number.isFinite(animation.effect?.getComputedTiming().endTime))
  .map((animation) => animation.finished))`

/** What axe-core found, as far as it is told; passed checks are not described. */
const axeFindings = `axe.run(document, {
  resultTypes: ['violations'],
  runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] },
}).then(({ violations }) => violations.map(
  ({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 120)).join(' | ')))`

/** axe-core's findings of WCAG 2.2 A and AA on what is shown now, once it is not busy; expects none. */
export const expectAccessible = async (page: Page): Promise<void> => {
  await expect.poll(() => page.locator(busy).count()).toBe(0)
  await page.evaluate(settleAnimations)
  // The debugger's way into the page: no content security policy is in it. It stays until another document is loaded.
  if (!(await page.evaluate(`'axe' in window`))) await page.evaluate(axe.source)
  expect(await page.evaluate(axeFindings)).toEqual([])
}
