/** Keys of the whole page, and the sheet that lists them. */
import { useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useState } from 'react'
import { later } from '../lib/later.ts'
import { onShortcut, watchKeys } from '../lib/shortcuts.ts'

const ShortcutSheet = lazy(later(() => import('./shortcut-sheet.tsx')))

export const Shortcuts = () => {
  const navigate = useNavigate()
  const [open, setOpen] = useState(false)
  const [wasOpened, setWasOpened] = useState(false)
  useEffect(watchKeys, [])
  useEffect(() => onShortcut('new-conversation', () => void navigate({ to: '/app/conversations/new' })), [navigate])
  useEffect(() => onShortcut('settings', () => void navigate({ to: '/app/settings' })), [navigate])
  useEffect(
    () =>
      onShortcut('sheet', () => {
        setWasOpened(true)
        setOpen(true)
      }),
    [],
  )
  return wasOpened ? (
    <Suspense>
      <ShortcutSheet open={open} onClose={() => setOpen(false)} />
    </Suspense>
  ) : null
}
