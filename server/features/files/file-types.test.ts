/** The table of types: what a browser may show in place, and what things are called. */
import { describe, expect, it } from 'vitest'
import { extensionOf, fileTypeOf, isKnownType, UNKNOWN_TYPE } from './file-types.ts'

describe('a browser', () => {
  it.each([
    'image/png',
    'image/jpeg',
    'image/gif',
    'image/webp',
    'image/avif',
    'video/mp4',
    'video/webm',
    'audio/mpeg',
    'text/plain; charset=utf-8',
  ])('may show in place: %s', (type) => expect(fileTypeOf(type).isSafeInline).toBe(true))
  it.each([
    'image/svg+xml',
    'text/html',
    'TEXT/HTML; charset=utf-8',
    'application/xml',
    'application/xhtml+xml',
    'application/pdf',
    'text/javascript',
    'text/css',
    'message/rfc822',
    'multipart/mixed',
    'text/plain/html',
    'image/png, text/html',
    '__proto__',
    'constructor',
    '',
    UNKNOWN_TYPE,
  ])('may not show in place: %s', (type) => expect(fileTypeOf(type).isSafeInline).toBe(false))
})

describe('a content type', () => {
  it('is known with its parameters and in any case, and by no name that every object has', () => {
    expect(isKnownType('Text/Plain; charset=UTF-8')).toBe(true)
    for (const name of ['constructor', '__proto__', 'text', 'image/']) expect(isKnownType(name)).toBe(false)
  })
})

describe('the ending of a name', () => {
  it.each([
    ['a.PNG', 'png'],
    ['a.tar.gz', 'gz'],
    ['.htaccess', ''],
    ['folder/.md', ''],
    ['a.', ''],
    ['a', ''],
    ['a.b c', ''],
    ['a.html\0', ''],
    ['ảnh.jpeg', 'jpeg'],
    ['a.verylongextension', ''],
  ])('of %j is %j', (name, extension) => expect(extensionOf(name)).toBe(extension))
})
