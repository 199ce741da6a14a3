import { describe, expect, it } from 'vitest'
import type { Conversation } from '#contract/app/index.ts'
import {
  allConversations,
  withConversation,
  withFields,
  withoutConversation,
  type ConversationPages,
} from './conversation-pages.ts'

const made = (id: string, day: number, title: string | null = id): Conversation => ({
  id,
  title,
  preview: null,
  parentId: null,
  messageCount: 2,
  createdAt: '2026-01-01T00:00:00.000Z',
  activeAt: `2026-01-${String(day).padStart(2, '0')}T00:00:00.000Z`,
  isReplying: false,
})

const pagesOf = (more: boolean, ...pages: Conversation[][]): ConversationPages => ({
  pages: pages.map((data, index) => ({ data, nextCursor: index < pages.length - 1 || more ? `after ${index}` : null })),
  pageParams: pages.map(() => undefined),
})

const ids = (pages: ConversationPages) => allConversations(pages).map(({ id }) => id)

describe('the list of conversations', () => {
  const two = pagesOf(true, [made('d', 9), made('c', 7)], [made('b', 5), made('a', 3)])

  it('shows a conversation once that moved between two pages while they were loaded', () => {
    expect(ids(pagesOf(false, [made('b', 9), made('a', 8)], [made('a', 7), made('c', 6)]))).toEqual(['b', 'a', 'c'])
  })

  it('puts a new conversation first', () => {
    expect(ids(withConversation(two, made('new', 10)))).toEqual(['new', 'd', 'c', 'b', 'a'])
  })

  it('moves a conversation up when something happens in it', () => {
    expect(ids(withConversation(two, made('a', 10)))).toEqual(['a', 'd', 'c', 'b'])
  })

  it('places one that was read again by its activity', () => {
    expect(ids(withConversation(two, made('x', 6)))).toEqual(['d', 'c', 'x', 'b', 'a'])
  })

  it('leaves one that is older than everything loaded to its own page', () => {
    expect(ids(withConversation(two, made('old', 1)))).toEqual(['d', 'c', 'b', 'a'])
  })

  it('puts the oldest one last when everything is loaded', () => {
    expect(ids(withConversation(pagesOf(false, [made('a', 3)]), made('old', 1)))).toEqual(['a', 'old'])
    expect(ids(withConversation(pagesOf(false, []), made('first', 1)))).toEqual(['first'])
  })

  it('forgets a deleted conversation and shows a new title, each in its place', () => {
    expect(ids(withoutConversation(two, 'c'))).toEqual(['d', 'b', 'a'])
    const renamed = allConversations(withFields(two, 'b', { title: 'Better' }))
    expect(renamed.map(({ title }) => title)).toEqual(['d', 'c', 'Better', 'a'])
  })
})
