/** "Convert to…": a button that opens the formats that fit, with a search, and does it with the one that is chosen. */
import { Popover } from '@base-ui/react/popover'
import { ChevronDown } from 'lucide-react'
import { useId, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { cx } from '../../lib/class-names.ts'
import { buttonLook } from '../../ui/button.tsx'
import { ListSearch } from '../../ui/list-search.tsx'
import { formatName, searchFormats, shortFormatName } from './formats.ts'

interface TargetPickerProps {
  /** What the button says. */
  readonly text: string
  /** What it is called, where the text alone does not tell which file is meant. */
  readonly label?: string
  readonly formats: readonly string[]
  readonly onChoose: (format: string) => void
  readonly look?: 'primary' | 'plain'
}

export const TargetPicker = ({ text, label = text, formats, onChoose, look = 'plain' }: TargetPickerProps) => {
  const [open, setOpen] = useState(false)
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger aria-label={label} className={cx(buttonLook(look), 'shrink-0')}>
        {text}
        <ChevronDown size={16} strokeWidth={1.75} aria-hidden />
      </Popover.Trigger>
      {/* Inside the content, so that those who go by landmarks find it there. */}
      <Popover.Portal container={document.getElementById('content') ?? undefined}>
        <Popover.Positioner align="end" sideOffset={6} collisionPadding={12} className="z-40">
          <Popover.Popup
            aria-label={label}
            className="float-in flex max-h-[min(24rem,var(--available-height))] w-[min(18rem,calc(100vw-24px))] flex-col rounded border border-hairline bg-raised shadow-float outline-none"
          >
            <TargetList
              formats={formats}
              onChoose={(format) => {
                setOpen(false)
                onChoose(format)
              }}
            />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}

const TargetList = ({ formats, onChoose }: Pick<TargetPickerProps, 'formats' | 'onChoose'>) => {
  const { t } = useTranslation()
  const listId = useId()
  const [query, setQuery] = useState('')
  const [active, setActive] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  const found = searchFormats(formats, query)
  const current = Math.min(active, found.length - 1)
  const move = (to: number) => {
    const next = Math.min(Math.max(to, 0), found.length - 1)
    setActive(next)
    list.current?.children[next]?.scrollIntoView({ block: 'nearest' })
  }
  return (
    <>
      <ListSearch
        label={t('convert.search')}
        listId={listId}
        active={current}
        query={query}
        onQuery={(next) => {
          setQuery(next)
          setActive(0)
        }}
        onMove={(step) => move(current + step)}
        onEnter={() => {
          const format = found[current]
          if (format !== undefined) onChoose(format)
        }}
      />
      {found.length === 0 && (
        <p role="status" className="p-4 text-soft">
          {t('convert.noTarget', { query })}
        </p>
      )}
      <div
        ref={list}
        id={listId}
        role="listbox"
        aria-label={t('convert.targets')}
        tabIndex={-1}
        className={cx('min-h-0 overflow-y-auto overscroll-contain', found.length > 0 && 'p-1')}
      >
        {found.map((format, place) => (
          <div
            key={format}
            id={`${listId}-${place}`}
            role="option"
            aria-selected={place === current}
            className={cx(
              'flex min-h-10 cursor-pointer items-center gap-3 rounded px-3',
              place === current && 'bg-hover',
            )}
            onPointerMove={() => setActive(place)}
            onClick={() => onChoose(format)}
          >
            <span className="w-14 shrink-0 font-strong">{shortFormatName(format)}</span>
            {formatName(format) !== shortFormatName(format) && (
              <span className="truncate text-small text-soft">{formatName(format)}</span>
            )}
          </div>
        ))}
      </div>
    </>
  )
}
