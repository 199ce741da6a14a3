import { describe, expect, it } from 'vitest'
import type { FileCategory } from '#contract/messages/files.ts'
import { languageOf, previewKind } from './preview-kind.ts'
import { decodeText } from './read-text.ts'
import type { ShownFile } from './shown-file.ts'

const file = (category: FileCategory, name: string, contentType = 'text/plain'): ShownFile => ({
  id: 'f',
  name,
  contentType,
  category,
  size: 1,
  thumbnailUrl: null,
  duration: null,
  dimensions: null,
  sharedAt: '2026-01-01T00:00:00.000Z',
  senderName: null,
  messageId: null,
})

describe('a file is shown large', () => {
  it.each([
    [file('image', 'a.png', 'image/png'), 'image'],
    [file('pdf', 'a.pdf', 'application/pdf'), 'pdf'],
    [file('text', 'README.md'), 'markdown'],
    [file('text', 'readme', 'text/markdown; charset=utf-8'), 'markdown'],
    [file('text', 'page.html', 'text/html'), 'text'],
    [file('word', 'a.docx'), 'pdf'],
    [file('excel', 'a.xlsx'), 'pdf'],
    [file('archive', 'a.zip'), 'none'],
    // A name decides nothing where the content is no text.
    [file('other', 'trap.md'), 'none'],
  ] as const)('by what it is: $0.name as $1', (shown, kind) => {
    expect(previewKind(shown)).toBe(kind)
  })

  it.each([
    ['main.rs', 'rs'],
    ['data.csv', null],
    ['notes.txt', null],
    ['Makefile', null],
  ])('coloured by its name: %s as %s', (name, language) => {
    expect(languageOf(name)).toBe(language)
  })
})

describe('the text of a file', () => {
  it('is read as UTF-8, and as UTF-16 where it begins with its mark', () => {
    expect(decodeText(new TextEncoder().encode('Tài liệu'))).toBe('Tài liệu')
    expect(decodeText(new Uint8Array([0xff, 0xfe, 0x41, 0x00, 0x10, 0x01]))).toBe('Ađ'.replace('đ', 'Đ'))
    expect(decodeText(new Uint8Array([0xfe, 0xff, 0x00, 0x41]))).toBe('A')
  })

  it('that was cut in the middle of a character ends before it', () => {
    const bytes = new TextEncoder().encode('liệu')
    expect(decodeText(bytes.slice(0, 4))).toBe('li')
  })
})
