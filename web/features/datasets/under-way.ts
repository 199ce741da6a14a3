/** What goes on by itself, and is looked at again until it has ended: pure. */

/** How often, in milliseconds. */
export const LOOK_AGAIN_MS = 1200

export const isUnderWay = ({ status }: { readonly status: string }): boolean =>
  status === 'queued' || status === 'processing'
