/** A button that opens a short menu of actions. Until it is used it is a button and nothing else: a page may have hundreds of them. */
import type { LucideIcon } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { later } from '../lib/later.ts'
import { iconButtonLook } from './button.tsx'
import type { MenuProps } from './menu-entries.ts'
import { tip } from './tooltip.tsx'

const fetchMenu = later(() => import('./open-menu.tsx'))
const OpenMenu = lazy(() => fetchMenu().then(({ OpenMenu: component }) => ({ default: component })))

export const MenuButton = ({
  label,
  entries,
  inDialog = false,
  icon: Icon,
  small = true,
}: MenuProps & { readonly icon: LucideIcon; readonly small?: boolean }) => {
  const [used, setUsed] = useState(false)
  const button = (
    <button
      type="button"
      aria-label={label}
      aria-haspopup="menu"
      className={iconButtonLook('soft', small)}
      onPointerEnter={() => void fetchMenu()}
      {...(used ? {} : { 'aria-expanded': false, onClick: () => setUsed(true) })}
      {...tip(label)}
    >
      <Icon size={small ? 16 : 18} strokeWidth={1.75} aria-hidden />
    </button>
  )
  if (!used) return button
  return (
    <Suspense fallback={button}>
      <OpenMenu label={label} entries={entries} inDialog={inDialog} trigger={button} />
    </Suspense>
  )
}
