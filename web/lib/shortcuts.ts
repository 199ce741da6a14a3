/** Keys that work everywhere on the page, by what they do. Whoever can do it listens; the latest listener wins. */
import { isTyping } from './platform.ts'

export type Shortcut = 'new-conversation' | 'focus-composer' | 'choose-model' | 'stop' | 'settings' | 'sheet'

const listeners = new Map<Shortcut, (() => void)[]>()

/** @returns how to stop listening. */
export const onShortcut = (shortcut: Shortcut, run: () => void): (() => void) => {
  const present = listeners.get(shortcut) ?? []
  listeners.set(shortcut, [...present, run])
  return () =>
    listeners.set(
      shortcut,
      (listeners.get(shortcut) ?? []).filter((other) => other !== run),
    )
}

type Press = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>

/** What a press of keys asks for: pure. `typing`: the focus is where text goes. */
export const shortcutOf = (press: Press, typing: boolean): Shortcut | null => {
  const mod = press.ctrlKey || press.metaKey
  if (mod && press.shiftKey && !press.altKey) {
    if (press.code === 'KeyO') return 'new-conversation'
    if (press.code === 'KeyM') return 'choose-model'
  }
  if (mod && !press.shiftKey && !press.altKey && press.key === ',') return 'settings'
  if (mod || press.altKey) return null
  if (press.key === 'Escape') return 'stop'
  if (typing) return null
  if (press.key === '?') return 'sheet'
  if (press.key === '/') return 'focus-composer'
  return null
}

/** Something floats over the page, and the keys are its own. */
const isCovered = () => document.querySelector('[role=dialog], [role=menu]') !== null

export const watchKeys = (): (() => void) => {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || isCovered()) return
    const shortcut = shortcutOf(event, isTyping(event.target))
    const run = shortcut && listeners.get(shortcut)?.at(-1)
    if (!run) return
    event.preventDefault()
    run()
  }
  addEventListener('keydown', onKeyDown)
  return () => removeEventListener('keydown', onKeyDown)
}
