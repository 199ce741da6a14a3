/** The renderer of Markdown, fetched beside the page and ready, as a rule, before the first message is. */
import { createStore, useStore } from '../../lib/store.ts'

type Renderer = (typeof import('./markdown.tsx'))['Markdown']

const renderer = createStore<{ readonly Markdown: Renderer } | 'missing' | null>(null)

/** Starts fetching; asking twice fetches once. */
export const fetchMarkdown = (): void => {
  import('./markdown.tsx').then(
    ({ Markdown }) => renderer.set({ Markdown }),
    // Offline, or a newer version was deployed: plain text has to do.
    () => renderer.set('missing'),
  )
}

/** Null while it is on its way; `missing` when it could not be fetched. */
export const useMarkdown = () => useStore(renderer)
