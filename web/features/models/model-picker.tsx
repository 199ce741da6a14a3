/** Chooses a model: a button that shows which one, and opens the list of all. */
import { ChevronsUpDown } from 'lucide-react'
import { lazy, Suspense, useImperativeHandle, useRef, useState, type Ref } from 'react'
import { useTranslation } from 'react-i18next'
import type { ModelGroup } from '#contract/app/index.ts'
import { cx } from '../../lib/class-names.ts'
import { later } from '../../lib/later.ts'

const fetchList = later(() => import('./model-list.tsx'))
const FloatingModelList = lazy(() => fetchList().then(({ FloatingModelList: component }) => ({ default: component })))

export interface ModelPickerHandle {
  open(): void
}

interface ModelPickerProps {
  readonly groups: readonly ModelGroup[]
  readonly value: { readonly id: string; readonly name: string } | null
  readonly onChoose: (id: string) => void
  /** Lets a shortcut open it. */
  readonly handle?: Ref<ModelPickerHandle>
  /** Looks like a field of a form, and opens downwards. */
  readonly framed?: boolean
}

export const ModelPicker = ({ groups, value, onChoose, handle, framed = false }: ModelPickerProps) => {
  const { t } = useTranslation()
  const [open, setOpen] = useState(false)
  const [used, setUsed] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const show = (next: boolean) => {
    if (next) setUsed(true)
    setOpen(next)
  }
  useImperativeHandle(handle, () => ({ open: () => show(true) }), [])
  const name = value?.name ?? t('models.choose')
  return (
    <>
      <button
        ref={button}
        type="button"
        aria-label={value ? t('models.chosen', { model: name }) : name}
        aria-haspopup="dialog"
        aria-expanded={open}
        onPointerEnter={() => void fetchList()}
        onClick={() => show(!open)}
        className={cx(
          'flex min-h-10 min-w-0 items-center gap-1.5 rounded transition-colors hover:bg-hover desk:min-h-9',
          framed ? 'border border-edge px-3' : 'px-2 text-small',
          !framed && (value ? 'text-soft hover:text-ink' : 'font-strong text-accent'),
        )}
      >
        <span className="truncate">{name}</span>
        <ChevronsUpDown size={14} strokeWidth={1.75} className="shrink-0" aria-hidden />
      </button>
      {used && (
        <Suspense>
          <FloatingModelList
            open={open}
            onOpenChange={show}
            anchor={button}
            below={framed}
            groups={groups}
            chosen={value?.id ?? null}
            onChoose={(id) => {
              onChoose(id)
              show(false)
            }}
          />
        </Suspense>
      )}
    </>
  )
}
