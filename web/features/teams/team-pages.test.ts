import { describe, expect, it } from 'vitest'
import { aMessage, aTeam, at } from './for-tests.ts'
import { allTeams, unreadOf, withNews, withoutTeam, withTeam, type TeamPages } from './team-pages.ts'

const team = (id: string, minute: number) => aTeam({ id, activeAt: at(minute) })
const pages = (...lists: string[][]): TeamPages => ({
  pages: lists.map((ids, index) => ({
    data: ids.map((id) => team(id, Number(id))),
    nextCursor: index < lists.length - 1 ? 'more' : null,
  })),
  pageParams: [],
})
const ids = (shown: TeamPages) => allTeams(shown).map(({ id }) => id)

describe('the list', () => {
  it('shows a conversation once, where its latest activity belongs', () => {
    const shown = withTeam(pages(['9', '8'], ['5', '4']), team('5', 10))
    expect(ids(shown)).toEqual(['5', '9', '8', '4'])
    expect(ids(withTeam(pages(['9'], ['4']), team('7', 7)))).toEqual(['9', '7', '4'])
    expect(ids(withTeam(pages(['9']), team('1', 1)))).toEqual(['9', '1'])
  })

  it('leaves out what comes with a later page, and forgets what is gone', () => {
    const first: TeamPages = { pages: [{ data: [team('9', 9)], nextCursor: 'more' }], pageParams: [] }
    expect(ids(withTeam(first, team('1', 1)))).toEqual(['9'])
    expect(ids(withoutTeam(pages(['9', '8']), '9'))).toEqual(['8'])
  })

  it('adds up what is unread', () => {
    const list = [aTeam({ unreadCount: 2 }), aTeam({ unreadCount: 3, mentionCount: 1 })]
    expect(unreadOf(list)).toEqual({ count: 5, mentions: 1 })
    expect(unreadOf([])).toEqual({ count: 0, mentions: 0 })
  })
})

describe('a conversation in which something was said', () => {
  const said = aMessage(4, { content: 'News' })

  it('counts it as unread and shows its beginning', () => {
    expect(withNews(aTeam(), said, { own: false, mentioned: true })).toMatchObject({
      unreadCount: 1,
      mentionCount: 1,
      preview: 'News',
      messageCount: 4,
      activeAt: at(4),
    })
  })

  it('is read up to there when the reader said it', () => {
    const before = aTeam({ unreadCount: 5, mentionCount: 1 })
    expect(withNews(before, said, { own: true, mentioned: false })).toMatchObject({
      unreadCount: 0,
      mentionCount: 0,
      readAt: at(4),
    })
  })

  it('does not count the same message twice, whichever way it is heard of', () => {
    const once = withNews(aTeam(), said, { own: false, mentioned: false })
    expect(withNews(once, said, { own: false, mentioned: false })).toBe(once)
  })

  it('keeps its preview over notes of the system, cuts long texts between characters, and stops counting at a hundred', () => {
    const note = aMessage(4, { type: 'system', content: 'Ada left.' })
    expect(withNews(aTeam(), note, { own: false, mentioned: false }).preview).toBe('Message 3')
    const long = aMessage(4, { content: '🙂'.repeat(200) })
    expect(withNews(aTeam(), long, { own: false, mentioned: false }).preview).toBe('🙂'.repeat(100))
    expect(withNews(aTeam({ unreadCount: 100 }), said, { own: false, mentioned: false }).unreadCount).toBe(100)
  })
})
