/** Moves the focus to what a person came for, so that keyboard and screen reader start there. */
import { useEffect, useRef, type RefObject } from 'react'

/** Puts the focus on the element whenever `place` changes. On touch screens a text field is left alone: its keyboard would cover the page. */
export const useFocusOnArrival = <E extends HTMLElement>(place: string): RefObject<E | null> => {
  const target = useRef<E>(null)
  useEffect(() => {
    const element = target.current
    if (!element) return
    const opensKeyboard = element instanceof HTMLTextAreaElement || element instanceof HTMLInputElement
    if (opensKeyboard && matchMedia('(pointer: coarse)').matches) return
    element.focus({ preventScroll: true })
  }, [place])
  return target
}
