/** Saves an OpenRouter key, and says in the same place what happens to it. */
import { useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { errorText } from '../../lib/i18n/error-text.ts'
import { asRequestError } from '../../lib/request-error.ts'
import { Button } from '../../ui/button.tsx'
import { showToast } from '../../ui/toast.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { useSaveApiKey } from './save-api-key.ts'

export const KeyForm = ({ onSaved, onCancel }: { readonly onSaved?: () => void; readonly onCancel?: () => void }) => {
  const { t } = useTranslation()
  const saving = useSaveApiKey()
  const [key, setKey] = useState('')
  const [problem, setProblem] = useState<'keyMissing' | 'keyWrong' | null>(null)

  const submit = (event: FormEvent) => {
    event.preventDefault()
    const apiKey = key.trim()
    const wrong = apiKey === '' ? 'keyMissing' : /^sk-or-[\x21-\x7e]+$/.test(apiKey) ? null : 'keyWrong'
    setProblem(wrong)
    if (wrong) return
    saving.mutate(apiKey, {
      onSuccess: () => {
        setKey('')
        showToast({ text: t('models.keySaved') })
        onSaved?.()
      },
    })
  }

  const failed = saving.error && (asRequestError(saving.error).fields[0]?.message ?? errorText(t, saving.error))
  return (
    <form noValidate onSubmit={submit} className="flex flex-wrap items-end gap-2">
      <TextField
        className="min-w-56 flex-1"
        label={t('models.keyField')}
        type="password"
        autoComplete="off"
        spellCheck={false}
        placeholder="sk-or-…"
        value={key}
        error={problem ? t(`models.${problem}`) : failed}
        onChange={(event) => {
          setKey(event.target.value)
          setProblem(null)
        }}
      />
      <Button look="primary" type="submit" disabled={saving.isPending} className={problem || failed ? 'mb-6' : ''}>
        {t(saving.isPending ? 'common.saving' : 'models.keySave')}
      </Button>
      {onCancel && (
        <Button look="quiet" onClick={onCancel} className={problem || failed ? 'mb-6' : ''}>
          {t('common.cancel')}
        </Button>
      )}
    </form>
  )
}
