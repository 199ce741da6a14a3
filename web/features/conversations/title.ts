/** What a conversation is called before it has a title: pure. */
import type { Conversation } from '#contract/app/index.ts'

/** The title, else the beginning of what was last said, else null. */
export const shownTitle = ({ title, preview }: Pick<Conversation, 'title' | 'preview'>): string | null =>
  title?.trim() || preview?.replace(/\s+/g, ' ').trim() || null
