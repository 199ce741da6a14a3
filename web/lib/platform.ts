/** What kind of machine this is, as far as words and keys differ. */
export const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent)

/** How the main modifier key is called here. */
export const modKey = isApple ? '⌘' : 'Ctrl'

export const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
