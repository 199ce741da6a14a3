/** A persona, an arc, a topic or a template in its list. */
import { Eye, EyeOff, Pencil, Trash2 } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { cx } from '../../lib/class-names.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { IconButton } from '../../ui/button.tsx'
import { ConfirmIconButton } from '../../ui/confirm-button.tsx'
import { showToast } from '../../ui/toast.tsx'

export const ScaffoldRow = ({
  item,
  code,
  summary,
  isBusy,
  onEdit,
  onActive,
  onDelete,
}: {
  readonly item: { readonly name: string; readonly is_active: boolean; readonly is_starter: boolean }
  /** What files call it. */
  readonly code: string | null
  readonly summary: string
  readonly isBusy: boolean
  readonly onEdit: () => void
  readonly onActive: (isActive: boolean) => Promise<unknown>
  readonly onDelete: () => Promise<unknown>
}) => {
  const { t } = useTranslation()
  const { name, is_active: isActive, is_starter: isStarter } = item
  const tell = (error: unknown) => showToast({ text: errorText(t, error), tone: 'danger' })
  return (
    <li className="flex items-center gap-2 border-b border-hairline py-2">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-baseline gap-x-3">
          <button
            type="button"
            className={cx('rounded text-start font-strong hover:text-accent', !isActive && 'text-soft')}
            onClick={onEdit}
          >
            {name}
          </button>
          {!isActive && <span className="text-small text-soft">{t('generate.inactive')}</span>}
          {isStarter && <span className="text-small text-soft">{t('generate.starter')}</span>}
        </p>
        <p className="text-small text-soft wrap-anywhere">
          {summary}
          {code !== null && (
            <>
              {' · '}
              <code className="font-mono">{code}</code>
            </>
          )}
        </p>
      </div>
      <span className="flex shrink-0">
        <IconButton
          small
          label={t(isActive ? 'generate.deactivate' : 'generate.activate', { name })}
          icon={isActive ? Eye : EyeOff}
          disabled={isBusy}
          onClick={() => void onActive(!isActive).catch(tell)}
        />
        <IconButton small label={t('generate.editNamed', { name })} icon={Pencil} onClick={onEdit} />
        <ConfirmIconButton
          label={t('generate.deleteNamed', { name })}
          question={t('generate.deleteConfirm', { name })}
          icon={Trash2}
          onConfirm={() => void onDelete().catch(tell)}
        />
      </span>
    </li>
  )
}
