import i18next from 'i18next'
import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { initReactI18next } from 'react-i18next'
import { beforeAll, describe, expect, it } from 'vitest'
import { Markdown } from './markdown.tsx'

beforeAll(async () => {
  await i18next.use(initReactI18next).init({ lng: 'en', keySeparator: false, resources: {} })
})

const html = (text: string) => renderToStaticMarkup(createElement(Markdown, { text, isWriting: false }))

describe('what a model writes', () => {
  it.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    'text <b onclick="alert(1)">bold</b>',
    '<iframe src="https://evil.example"></iframe>',
    '<style>body{display:none}</style>',
    '<svg/onload=alert(1)>',
  ])('is shown as text when it is HTML: %s', (text) => {
    const made = html(text)
    expect(made).not.toMatch(/<(script|img|iframe|style|svg|b)[\s>/]/i)
    expect(made).toContain('&lt;')
  })

  it.each([
    '[a](javascript:alert(1))',
    '[a](JaVaScRiPt:alert(1))',
    '[a](java\tscript:alert(1))',
    '[a](data:text/html,<script>alert(1)</script>)',
    '[a](vbscript:x)',
    '<javascript:alert(1)>',
  ])('never links to a script: %s', (text) => {
    expect(html(text)).not.toMatch(/href="\s*(javascript|data|vbscript|java)/i)
  })

  it('opens links in a new tab that cannot reach back', () => {
    expect(html('[a](https://a.example/x)')).toContain(
      '<a href="https://a.example/x" target="_blank" rel="noopener noreferrer">a</a>',
    )
  })

  it('fetches no picture: there is a link that names its host instead', () => {
    const made = html('![chart](https://img.example/a.png?who=me) ![x](data:image/png;base64,AAAA) ![y](javascript:1)')
    expect(made).not.toContain('<img')
    expect(made).toContain('<a href="https://img.example/a.png?who=me" target="_blank" rel="noopener noreferrer"')
    expect(made).not.toContain('data:image')
  })

  it('keeps code as it was written', () => {
    expect(html('```ts\nconst a = "<b>"\n\n  b()\n```')).toContain('const a = &quot;&lt;b&gt;&quot;\n\n  b()</code>')
  })
})
