/**
 * One tooltip for the whole page: whatever has `data-tip` is explained when the pointer rests on it or the keyboard
 * reaches it. One listener instead of a component around each of hundreds of buttons; names for screen readers are the
 * buttons' own.
 */
import { useEffect, useLayoutEffect, useRef, useState } from 'react'

/** How long the pointer rests before the tooltip shows, and for how long after one the next shows at once, in milliseconds. */
const RESTS = 400
const WARM = 300

interface Shown {
  readonly target: Element
  readonly text: string
  readonly keys: string | undefined
  readonly beside: boolean
}

/** Attributes that give an element a tooltip. `beside`: to its right, for what stands at the edge of the page. */
export const tip = (text: string, { keys, beside }: { keys?: string | undefined; beside?: boolean } = {}) => ({
  'data-tip': text,
  ...(keys ? { 'data-tip-keys': keys } : {}),
  ...(beside ? { 'data-tip-beside': '' } : {}),
})

const read = (target: HTMLElement): Shown => ({
  target,
  text: target.dataset.tip ?? '',
  keys: target.dataset.tipKeys,
  beside: target.dataset.tipBeside !== undefined,
})

const tipped = (node: EventTarget | null) => (node instanceof Element ? node.closest<HTMLElement>('[data-tip]') : null)

export const Tooltips = () => {
  const [shown, setShown] = useState<Shown | null>(null)

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let over: HTMLElement | null = null
    let warmUntil = 0
    const hide = () => {
      clearTimeout(timer)
      setShown((present) => {
        if (present) warmUntil = performance.now() + WARM
        return null
      })
    }
    const showAfter = (target: HTMLElement, wait: number) => {
      clearTimeout(timer)
      timer = setTimeout(() => target.isConnected && setShown(read(target)), wait)
    }
    const onOver = (event: PointerEvent) => {
      if (event.pointerType !== 'mouse') return
      const target = tipped(event.target)
      if (target === over) return
      over = target
      hide()
      if (target) showAfter(target, performance.now() < warmUntil ? 0 : RESTS)
    }
    const onFocus = (event: FocusEvent) => {
      const target = tipped(event.target)
      if (target?.matches(':focus-visible')) showAfter(target, RESTS)
      else hide()
    }
    // A button that says something else once it was pressed ("Copied", "Delete?") says it here too.
    const onClick = (event: MouseEvent) => {
      const target = tipped(event.target)
      const before = target?.dataset.tip
      hide()
      if (!target) return
      timer = setTimeout(() => {
        if (target.isConnected && target.dataset.tip !== before) setShown(read(target))
      }, 60)
    }
    const listeners = [
      ['pointerover', onOver],
      ['focusin', onFocus],
      ['focusout', hide],
      ['pointerdown', hide],
      ['click', onClick],
      ['keydown', hide],
      ['scroll', hide],
    ] as const
    for (const [name, listener] of listeners) document.addEventListener(name, listener as EventListener, true)
    return () => {
      clearTimeout(timer)
      for (const [name, listener] of listeners) document.removeEventListener(name, listener as EventListener, true)
    }
  }, [])

  return shown && <Bubble key={shown.text} {...shown} />
}

const GAP = 6

const Bubble = ({ target, text, keys, beside }: Shown) => {
  const bubble = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const element = bubble.current
    if (!element) return
    const at = target.getBoundingClientRect()
    const { offsetWidth: width, offsetHeight: height } = element
    const above = at.top - height - GAP
    const left = beside ? at.right + GAP : at.left + at.width / 2 - width / 2
    const top = beside ? at.top + at.height / 2 - height / 2 : above > 4 ? above : at.bottom + GAP
    element.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`
    element.style.top = `${top}px`
  }, [target, beside])
  return (
    <div
      ref={bubble}
      aria-hidden
      className="pointer-events-none fixed z-50 max-w-64 rounded bg-ink px-2 py-1 text-small text-paper"
    >
      {text}
      {keys && <span className="ms-2 opacity-75">{keys}</span>}
    </div>
  )
}
