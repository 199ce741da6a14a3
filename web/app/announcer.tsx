/** The one place that screen readers listen to for what happens in passing. */
import { useAnnouncement } from '../lib/announce.ts'

export const Announcer = () => (
  <div role="status" aria-live="polite" className="sr-only">
    {useAnnouncement()}
  </div>
)
