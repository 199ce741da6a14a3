/** The loaded pages of a list in the order of activity, changed in place without asking the server again: pure. */
import type { InfiniteData } from '@tanstack/react-query'

/** What such a list holds. */
export interface Active {
  readonly id: string
  /** When something last happened there, as ISO 8601 in UTC, so that text sorts as time does. */
  readonly activeAt: string
}

export type ActivityPages<Item extends Active> = InfiniteData<{ data: Item[]; nextCursor: string | null }>

/** Everything loaded once, latest activity first. What moved up between two pages is in both: the first wins. */
export const allOnce = <Item extends Active>(pages: ActivityPages<Item> | undefined): Item[] => {
  const seen = new Set<string>()
  return (pages?.pages ?? []).flatMap((page) =>
    page.data.filter(({ id }) => {
      if (seen.has(id)) return false
      seen.add(id)
      return true
    }),
  )
}

export const mapPages = <Item extends Active>(
  pages: ActivityPages<Item>,
  change: (data: Item[]) => Item[],
): ActivityPages<Item> => ({
  ...pages,
  pages: pages.pages.map((page) => ({ ...page, data: change(page.data) })),
})

export const withoutItem = <Item extends Active>(pages: ActivityPages<Item>, id: string): ActivityPages<Item> =>
  mapPages(pages, (data) => data.filter((item) => item.id !== id))

/**
 * Puts an item, new or changed, where its latest activity belongs. One that is older than everything loaded is
 * left out while there are more pages: it will come with its own.
 */
export const withItem = <Item extends Active>(pages: ActivityPages<Item>, changed: Item): ActivityPages<Item> => {
  const others = withoutItem(pages, changed.id)
  let placed = false
  const lastPage = others.pages.length - 1
  return {
    ...others,
    pages: others.pages.map((page, index) => {
      if (placed) return page
      const at = page.data.findIndex(({ activeAt }) => activeAt < changed.activeAt)
      const atEnd = at === -1 && index === lastPage && page.nextCursor === null
      if (at === -1 && !atEnd) return page
      placed = true
      return { ...page, data: page.data.toSpliced(at === -1 ? page.data.length : at, 0, changed) }
    }),
  }
}
