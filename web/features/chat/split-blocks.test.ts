import fc from 'fast-check'
import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import Markdown from 'react-markdown'
import remarkGfm from 'remark-gfm'
import { describe, expect, it } from 'vitest'
import { splitBlocks } from './split-blocks.ts'

const html = (markdown: string) =>
  renderToStaticMarkup(createElement(Markdown, { remarkPlugins: [remarkGfm] }, markdown))
    .replace(/\s+/g, ' ')
    .trim()

const reads = (markdown: string) => splitBlocks(markdown).map(html).join(' ').replace(/\s+/g, ' ').trim()

describe('Markdown cut into blocks', () => {
  it('is cut at blank lines between paragraphs, headings, tables and code', () => {
    expect(splitBlocks('# A\n\nOne\ntwo\n\n```js\nx\n\ny\n```\n\n| a |\n|---|\n| b |\n')).toEqual([
      '# A\n\n',
      'One\ntwo\n\n',
      '```js\nx\n\ny\n```\n\n',
      '| a |\n|---|\n| b |\n',
    ])
  })

  it('keeps a code block whole while its end has not arrived', () => {
    expect(splitBlocks('Look:\n\n~~~~py\na = 1\n\n~~~\n\nb = 2')).toEqual([
      'Look:\n\n',
      '~~~~py\na = 1\n\n~~~\n\nb = 2',
    ])
  })

  it('keeps a list whole whose items stand apart, with what is indented under them', () => {
    const list = '1. one\n\n   more\n\n2. two\n\n       code\n\n3. three\n'
    expect(splitBlocks(list + '\nAfter')).toEqual([list + '\n', 'After'])
  })

  it('stays whole where a link or footnote is defined elsewhere', () => {
    expect(splitBlocks('See [it].\n\nMore.\n\n[it]: https://a.example\n')).toHaveLength(1)
    expect(splitBlocks('See.[^1]\n\n[^1]: There.\n')).toHaveLength(1)
  })

  it('stays whole where HTML may reach over blank lines', () => {
    expect(splitBlocks('A\n\n<pre>\n\n* b\n\n</pre>\n')).toHaveLength(1)
  })

  it.each([
    '# Title\n\nText with **bold**\nand `code`.\n\n- a\n- b\n\n  c\n\n1. x\n2. y\n\n> quote\n>\n> more\n\nlazy\n\n---\n\nEnd',
    'Setext\n===\n\n    indented code\n\n    goes on\n\ntext',
    '- a\n\n- b\n\n* c\n\ntext\n\n5. five\n\n6. six',
    '```\nunclosed\n\nfence',
    'a ``` b\n\nc ``` d',
    '| a | b |\n|---|:-:|\n| 1 | 2 |\n\n- [ ] todo\n- [x] done',
    '> ```\n> code\n\nafter',
    '- item\n\n  ```\n  code\n\n  more\n  ```\n\n  after\n\nout',
    '\n\n\nleading blank lines\n\n\n\ntrailing\n\n\n',
    'line\r\n\r\nwindows\r\n\r\n```\r\na\r\n\r\nb\r\n```\r\n\r\nend',
  ])('reads the same as the whole: %j', (markdown) => {
    expect(splitBlocks(markdown).join('')).toBe(markdown)
    expect(reads(markdown)).toBe(html(markdown))
  })

  it('reads the same as the whole, whatever is written', () => {
    const line = fc.constantFrom(
      '',
      '',
      '',
      'text',
      '# head',
      '- item',
      '* star',
      '1. one',
      '2) two',
      '   more',
      '  two',
      '    four',
      '```',
      '```js',
      '~~~',
      '> quote',
      '| a | b |',
      '|---|---|',
      '---',
      '===',
      '**bold',
      '`code`',
      '\ttab',
      '<div>',
      '- [ ] do',
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 14 }), (lines) => {
        const markdown = lines.join('\n')
        expect(splitBlocks(markdown).join('')).toBe(markdown)
        expect(reads(markdown)).toBe(html(markdown))
      }),
      { numRuns: 1500, seed: 20260101 },
    )
  })
})
