import { expect, it } from 'vitest'
import { aMessage } from './for-tests.ts'
import { teamSearch } from './team-search.ts'

const { id } = aMessage(1)

it('reads which message, thread and panel an address means, and nothing else', () => {
  expect(teamSearch({ message: id, thread: id, panel: 'info', other: 1 })).toEqual({
    message: id,
    thread: id,
    panel: 'info',
  })
  expect(teamSearch({ message: 'x', thread: 7, panel: 'else' })).toEqual({})
})
