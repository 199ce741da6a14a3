/** Several of a list, with a way to take all, none, or a group of them. */
import { useTranslation } from 'react-i18next'
import { cx } from '../../lib/class-names.ts'

export interface CheckItem {
  readonly id: string
  readonly name: string
  readonly detail?: string
}

export interface CheckGroup {
  readonly label: string
  readonly ids: readonly string[]
}

const linkLook = 'min-h-8 rounded px-2 text-small font-strong text-accent hover:bg-wash pointer-coarse:min-h-10'

export const CheckList = ({
  label,
  items,
  chosen,
  onChange,
  groups = [],
  className,
}: {
  readonly label: string
  readonly items: readonly CheckItem[]
  readonly chosen: readonly string[]
  readonly onChange: (ids: readonly string[]) => void
  readonly groups?: readonly CheckGroup[]
  readonly className?: string
}) => {
  const { t } = useTranslation()
  const shortcuts: readonly CheckGroup[] = [
    { label: t('generate.all'), ids: items.map(({ id }) => id) },
    ...groups,
    { label: t('generate.none'), ids: [] },
  ]
  return (
    <fieldset className={cx('min-w-0', className)}>
      <legend className="text-small font-strong">
        {label}{' '}
        <span className="font-normal text-soft tabular-nums">
          {t('generate.chosenOf', { chosen: chosen.length, total: items.length })}
        </span>
      </legend>
      <div className="-ms-2 flex flex-wrap">
        {shortcuts.map((group) => (
          <button
            key={group.label}
            type="button"
            className={linkLook}
            aria-label={t('generate.takeGroup', { group: group.label, list: label })}
            onClick={() => onChange(group.ids)}
          >
            {group.label}
          </button>
        ))}
      </div>
      <ul className="mt-1 max-h-80 overflow-y-auto border-y border-hairline">
        {items.map(({ id, name, detail }) => (
          <li key={id}>
            <label className="flex min-h-10 cursor-pointer items-start gap-3 rounded px-1 py-2 hover:bg-hover">
              <input
                type="checkbox"
                className="mt-1 size-4 shrink-0 accent-(--accent)"
                checked={chosen.includes(id)}
                onChange={() => onChange(chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen, id])}
              />
              <span className="min-w-0">
                <span className="block">{name}</span>
                {detail && <span className="block text-small text-soft">{detail}</span>}
              </span>
            </label>
          </li>
        ))}
      </ul>
    </fieldset>
  )
}
