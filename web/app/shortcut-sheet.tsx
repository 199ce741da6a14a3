/** The list of keys; opens with `?`. */
import { useTranslation } from 'react-i18next'
import { modKey } from '../lib/platform.ts'
import { Dialog } from '../ui/dialog.tsx'

const keys = [
  ['new', [modKey, 'Shift', 'O']],
  ['focus', ['/']],
  ['models', [modKey, 'Shift', 'M']],
  ['send', ['Enter']],
  ['newline', ['Shift', 'Enter']],
  ['stop', ['Esc']],
  ['settings', [modKey, ',']],
  ['open', ['?']],
] as const

const ShortcutSheet = ({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) => {
  const { t } = useTranslation()
  return (
    <Dialog open={open} onClose={onClose} title={t('shortcuts.title')}>
      <dl>
        {keys.map(([name, combination]) => (
          <div
            key={name}
            className="flex items-center justify-between gap-4 border-b border-hairline py-2 last:border-0"
          >
            <dt>{t(`shortcuts.${name}`)}</dt>
            <dd className="flex shrink-0 gap-1">
              {combination.map((key) => (
                <kbd key={key} className="rounded border border-edge px-1.5 py-0.5 font-sans text-small text-soft">
                  {key}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}

export default ShortcutSheet
