/** Finds the files of a conversation again: filtered, searched and sorted, by numbered pages or by cursor. */
import type { Actor } from '#kernel/actor.ts'
import { AppError } from '#kernel/errors.ts'
import type {
  FileFilter,
  FileKind,
  FileListStore,
  FilePlace,
  FileSort,
  FoundFiles,
  SharedFile,
} from './file-list-store.ts'
import { nameKeyOf } from './name-key.ts'

interface Needs {
  store: FileListStore
  /** Tells why a conversation is hidden. */
  explainHidden: (conversationId: string) => Promise<AppError>
}

export interface FileQuery extends Omit<FileFilter, 'nameKey'> {
  /** Part of the name; case and accents do not matter. */
  readonly text?: string | undefined
  readonly sort: FileSort
  readonly limit: number
  /** Begin behind this place, or with this page (from 1); with neither, at the beginning. */
  readonly after?: FilePlace | undefined
  readonly page?: number | undefined
}

export interface FilePage extends FoundFiles {
  /** Where the next page begins; undefined at the end. */
  readonly next: FilePlace | undefined
}

/** Most people that the filter by sender offers. */
const MAX_SENDERS = 200

/**
 * At most `limit` files. By cursor none is skipped or repeated while others are shared and deleted: a file's keys never
 * change, and the cursor is a place among them. A cursor of another sort is `request.invalid`.
 */
export const makeListFiles =
  ({ store, explainHidden }: Needs) =>
  async (actor: Actor, conversationId: string, query: FileQuery): Promise<FilePage> => {
    const { text, sort, limit, after, page = 1, ...filter } = query
    if (after !== undefined && after.sort !== sort) throw ofAnotherSort()
    const found = await store.listFiles(actor, conversationId, {
      filter: { ...filter, nameKey: text && (nameKeyOf(text) || undefined) },
      sort,
      limit: limit + 1,
      start: after ? { after } : { offset: (page - 1) * limit },
    })
    if (found === undefined) throw await explainHidden(conversationId)
    const files = found.files.slice(0, limit)
    const last = files.at(-1)
    return { ...found, files, next: found.files.length > limit && last ? placeOf(last, sort) : undefined }
  }

/** Everybody who shared a file in a conversation, by name; at most 200. */
export const makeListFileSenders =
  ({ store, explainHidden }: Needs) =>
  async (actor: Actor, conversationId: string, kind: FileKind | undefined): Promise<{ id: string; name: string }[]> => {
    const senders = await store.listSenders(actor, conversationId, { kind, limit: MAX_SENDERS })
    if (senders === undefined) throw await explainHidden(conversationId)
    return senders
  }

const placeOf = (file: SharedFile, sort: FileSort): FilePlace => {
  switch (sort) {
    case 'newest':
    case 'oldest':
      return { sort, key: file.sharedAt, id: file.id }
    case 'name':
      return { sort, key: nameKeyOf(file.name), id: file.id }
    case 'largest':
    case 'smallest':
      return { sort, key: file.size, id: file.id }
  }
}

const ofAnotherSort = () =>
  new AppError('request.invalid', {
    issues: [{ part: 'query', path: ['cursor'], rule: 'other', message: 'must be a cursor of the same sort' }],
  })
