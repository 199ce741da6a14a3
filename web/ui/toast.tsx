/** Short sentences about what has just happened, with at most one thing to do about it. Errors of a conversation are told in the conversation instead. */
import { CircleAlert, X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { createStore, useStore } from '../lib/store.ts'
import { iconButtonLook } from './button.tsx'

export interface Toast {
  readonly id: number
  readonly text: string
  readonly tone: 'plain' | 'danger'
  readonly action?: { readonly label: string; readonly run: () => void }
  /** How long it stays, in milliseconds; pointer and focus on it make it wait. */
  readonly stays: number
}

const toasts = createStore<readonly Toast[]>([])
let lastId = 0

/** Shows a toast and returns how to take it away. */
export const showToast = (toast: Partial<Omit<Toast, 'id'>> & { readonly text: string }): (() => void) => {
  const id = ++lastId
  toasts.set((present) => [...present.slice(-2), { tone: 'plain', stays: 5000, ...toast, id }])
  return () => hide(id)
}

const hide = (id: number): void => toasts.set((present) => present.filter((toast) => toast.id !== id))

const ToastCard = ({ toast }: { readonly toast: Toast }) => {
  const { t } = useTranslation()
  const held = useRef(false)
  useEffect(() => {
    let left = toast.stays
    const timer = setInterval(() => {
      if (!held.current) left -= 100
      if (left <= 0) hide(toast.id)
    }, 100)
    return () => clearInterval(timer)
  }, [toast])
  const hold = (on: boolean) => () => {
    held.current = on
  }
  return (
    <div
      className="pointer-events-auto flex w-full items-center gap-2 rounded bg-ink py-1 ps-4 pe-1 text-paper shadow-float"
      onPointerEnter={hold(true)}
      onPointerLeave={hold(false)}
      onFocus={hold(true)}
      onBlur={hold(false)}
    >
      {toast.tone === 'danger' && <CircleAlert size={18} strokeWidth={1.75} className="shrink-0" aria-hidden />}
      <span className="min-w-0 flex-1 py-2 wrap-anywhere">{toast.text}</span>
      {toast.action && (
        <button
          type="button"
          className="min-h-10 shrink-0 rounded px-3 font-strong underline underline-offset-4 focus-visible:outline-current"
          onClick={() => {
            toast.action?.run()
            hide(toast.id)
          }}
        >
          {toast.action.label}
        </button>
      )}
      <button
        type="button"
        aria-label={t('common.dismiss')}
        className={`${iconButtonLook()} text-paper! hover:bg-transparent! focus-visible:outline-current`}
        onClick={() => hide(toast.id)}
      >
        <X size={18} strokeWidth={1.75} aria-hidden />
      </button>
    </div>
  )
}

/** Clear of what is being written: above the composer on a phone, in the corner of the lists elsewhere. */
export const Toasts = () => {
  const shown = useStore(toasts)
  return (
    <div
      role="status"
      aria-live="polite"
      className="pointer-events-none fixed inset-x-4 bottom-30 z-50 mx-auto flex max-w-md flex-col items-center gap-2 desk:start-4 desk:end-auto desk:bottom-4 desk:mx-0 desk:w-96"
    >
      {shown.map((toast) => (
        <ToastCard key={toast.id} toast={toast} />
      ))}
    </div>
  )
}
