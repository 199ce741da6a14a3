/** What a reader of View All Files has chosen to see: search, filters, order and page. Pure; the present is given. */
import type { FileCategory, fileKind, fileSort } from '#contract/messages/files.ts'
import type { z } from 'zod'

export type FileKind = z.output<typeof fileKind>
export type FileSort = z.output<typeof fileSort>

/** Files on one page (contracts, 1.3). */
export const PAGE = 50
/** The last page that the server numbers. */
const LAST_PAGE = 200
/** As far as the server counts. */
export const COUNTED_TO = 10_000

export const dates = ['today', 'week', 'month', 'older'] as const
export type DateRange = (typeof dates)[number]

/** The types that can be asked for, and what the server calls them. */
export const typesOf = {
  media: { images: ['image'], videos: ['video'] },
  docs: {
    pdf: ['pdf'],
    word: ['word'],
    excel: ['excel'],
    powerpoint: ['powerpoint'],
    other: ['audio', 'text', 'archive', 'other'],
  },
} as const satisfies Record<FileKind, Record<string, readonly FileCategory[]>>

export type FileType = keyof (typeof typesOf)['media'] | keyof (typeof typesOf)['docs']

export const typeNames = (kind: FileKind) => Object.keys(typesOf[kind]) as FileType[]

export const sortsOf = {
  media: ['newest', 'oldest', 'name', 'largest', 'smallest'],
  docs: ['newest', 'oldest', 'name', 'largest'],
} as const satisfies Record<FileKind, readonly FileSort[]>

export interface Listing {
  readonly kind: FileKind
  readonly q: string
  readonly types: readonly FileType[]
  readonly date: DateRange | null
  readonly senders: readonly { readonly id: string; readonly name: string }[]
  readonly sort: FileSort
  readonly page: number
}

export const startListing = (kind: FileKind): Listing => ({
  kind,
  q: '',
  types: [],
  date: null,
  senders: [],
  sort: 'newest',
  page: 1,
})

/** Whatever is filtered or ordered anew begins on its first page. */
export const withChoice = (listing: Listing, choice: Partial<Omit<Listing, 'kind' | 'page'>>): Listing => ({
  ...listing,
  ...choice,
  page: 1,
})

export const withPage = (listing: Listing, page: number): Listing => ({ ...listing, page })

/** Takes `item` out where it is in, and puts it in where it is not. */
export const toggled = <T>(items: readonly T[], item: T, same: (a: T, b: T) => boolean = Object.is): readonly T[] =>
  items.some((other) => same(other, item)) ? items.filter((other) => !same(other, item)) : [...items, item]

export const isFiltered = ({ q, types, date, senders }: Listing): boolean =>
  q !== '' || types.length > 0 || date !== null || senders.length > 0

export const withoutFilters = (listing: Listing): Listing =>
  withChoice(listing, { q: '', types: [], date: null, senders: [] })

const startOfDay = (now: number, daysAgo: number): string => {
  const day = new Date(now)
  day.setHours(0, 0, 0, 0)
  day.setDate(day.getDate() - daysAgo)
  return day.toISOString()
}

/** Days of the reader's calendar: a week is the last 7 with today, a month the last 30, and older is what was before. */
const momentsOf = (date: DateRange | null, now: number): { readonly from?: string; readonly to?: string } => {
  switch (date) {
    case 'today':
      return { from: startOfDay(now, 0) }
    case 'week':
      return { from: startOfDay(now, 6) }
    case 'month':
      return { from: startOfDay(now, 29) }
    case 'older':
      return { to: startOfDay(now, 29) }
    case null:
      return {}
  }
}

/** The listing as the server's query spells it. */
export const listingQuery = (listing: Listing, now: number) => {
  const categories: Readonly<Record<string, readonly FileCategory[]>> = typesOf[listing.kind]
  const type = listing.types.flatMap((name) => categories[name] ?? [])
  return {
    kind: listing.kind,
    ...(listing.q === '' ? {} : { q: listing.q }),
    ...(type.length === 0 ? {} : { type }),
    ...(listing.senders.length === 0 ? {} : { sender: listing.senders.map(({ id }) => id) }),
    ...momentsOf(listing.date, now),
    sort: listing.sort,
    limit: PAGE,
    page: listing.page,
  }
}

export const pageCount = (total: number): number => Math.min(LAST_PAGE, Math.max(1, Math.ceil(total / PAGE)))

/** At most five numbers, the present one in the middle where there is room on both sides. */
export const pageNumbers = (page: number, pages: number): readonly number[] => {
  const shown = Math.min(5, pages)
  const first = Math.max(1, Math.min(page - 2, pages - shown + 1))
  return Array.from({ length: shown }, (_, index) => first + index)
}

/** The places of a page's first and last file among all that match, counted from 1. */
export const shownRange = (page: number, total: number): { readonly from: number; readonly to: number } => ({
  from: Math.min(total, (page - 1) * PAGE + 1),
  to: Math.min(total, page * PAGE),
})
