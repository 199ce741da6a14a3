import { describe, expect, it } from 'vitest'
import { HOME, localPath } from './local-path.ts'

describe('where a person is sent after signing in', () => {
  it('is the place that they came from, with query and hash', () => {
    expect(localPath('/app/settings?tab=1#sessions')).toBe('/app/settings?tab=1#sessions')
    expect(localPath('/app/conversations/0b7c')).toBe('/app/conversations/0b7c')
  })

  it.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '/.//evil.example',
    '/..//evil.example',
    '/app/..//evil.example',
    '/%2e//evil.example',
    'javascript:alert(1)',
    'app/settings',
    '',
    undefined,
    null,
    7,
    ['/app'],
  ])('is home when the address names something else: %j', (wanted) => {
    expect(localPath(wanted)).toBe(HOME)
  })

  it('is never the sign-in page again', () => {
    expect(localPath('/auth/login?redirect=/auth/login')).toBe(HOME)
    expect(localPath('/')).toBe(HOME)
  })
})
