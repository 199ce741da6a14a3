/** A persona, an arc or a topic, to be written or changed. */
import { useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { errorText } from '../../lib/i18n/error-text.ts'
import { Button } from '../../ui/button.tsx'
import { Choice } from '../../ui/choice.tsx'
import { FormError } from '../../ui/states.tsx'
import { TextArea } from '../../ui/text-area.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { showToast } from '../../ui/toast.tsx'
import { CheckList } from './check-list.tsx'
import type { Scaffolds } from './list-scaffolds.ts'
import { useEditScaffold } from './save-scaffold.ts'
import {
  type Draft,
  draftFrom,
  type Field,
  fieldsOf,
  keyFrom,
  keyOf,
  type Part,
  type PartKind,
  readDraft,
  type Wrong,
} from './scaffold-fields.ts'

const keyForm = /^[a-z][a-z0-9_]{0,63}$/

export const ScaffoldForm = ({
  kind,
  part,
  scaffolds,
  onDone,
}: {
  readonly kind: PartKind
  /** Null: a new one. */
  readonly part: Part | null
  readonly scaffolds: Scaffolds
  readonly onDone: () => void
}) => {
  const { t } = useTranslation()
  const save = useEditScaffold(kind)
  const [draft, setDraft] = useState<Draft>(() => draftFrom(kind, part))
  const [typedKey, setTypedKey] = useState<string | null>(null)
  const [wasSent, setWasSent] = useState(false)
  const { body, wrong } = readDraft(kind, draft)
  const key = part ? keyOf(part) : (typedKey ?? keyFrom(String(draft.name)))
  const isKeyWrong = !keyForm.test(key)

  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    setWasSent(true)
    if (Object.keys(wrong).length > 0 || isKeyWrong) {
      const form = event.currentTarget
      // Once it is marked.
      requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid]')?.focus())
      return
    }
    if (save.isPending) return
    save.mutate(part ? { to: 'change', id: part.id, body } : { to: 'add', key, body }, {
      onSuccess: () => {
        showToast({ text: t('common.saved') })
        onDone()
      },
    })
  }
  return (
    <form className="flex max-w-[46rem] flex-col gap-4 px-4 pt-4 pb-24 desk:px-6" noValidate onSubmit={onSubmit}>
      <div className="grid grid-cols-2 gap-4">
        {fieldsOf[kind].map((field) => (
          <div key={field.name} className={field.kind === 'number' ? '' : 'col-span-2'}>
            <FieldInput
              field={field}
              value={draft[field.name] ?? ''}
              wrong={wasSent ? (wrong[field.name] ?? null) : null}
              scaffolds={scaffolds}
              onChange={(value) => setDraft((present) => ({ ...present, [field.name]: value }))}
            />
          </div>
        ))}
      </div>
      {part ? (
        <p className="text-small text-soft">
          {t('generate.key')}: <code className="font-mono">{key}</code>
        </p>
      ) : (
        <TextField
          label={t('generate.key')}
          hint={t('generate.keyHint')}
          error={wasSent && isKeyWrong ? t('generate.keyWrong') : null}
          maxLength={64}
          autoComplete="off"
          spellCheck={false}
          value={key}
          onChange={(event) => setTypedKey(event.target.value)}
        />
      )}
      {save.error && <FormError>{errorText(t, save.error)}</FormError>}
      <span className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" disabled={save.isPending}>
          {t(save.isPending ? 'common.saving' : 'common.save')}
        </Button>
        <Button onClick={onDone}>{t('common.cancel')}</Button>
      </span>
    </form>
  )
}

const FieldInput = ({
  field,
  value,
  wrong,
  scaffolds,
  onChange,
}: {
  readonly field: Field
  readonly value: string | readonly string[]
  readonly wrong: Wrong | null
  readonly scaffolds: Scaffolds
  readonly onChange: (value: string | readonly string[]) => void
}) => {
  const { t } = useTranslation()
  const label = t(`generate.field_${field.name}`)
  const text = typeof value === 'string' ? value : ''
  switch (field.kind) {
    case 'keys': {
      const chosen = typeof value === 'string' ? [] : value
      const items = scaffolds[field.of].map((part) => ({ id: keyOf(part), name: part.name }))
      // Keys of what was deleted stay until they are taken away.
      const lost = chosen.filter((key) => !items.some(({ id }) => id === key)).map((id) => ({ id, name: id }))
      return (
        <>
          <CheckList label={label} items={[...items, ...lost]} chosen={chosen} onChange={onChange} />
          <p className="mt-1 text-small text-soft">{t('generate.noneMeansAll')}</p>
        </>
      )
    }
    case 'choice':
      return (
        <Choice
          label={label}
          value={text}
          options={field.options.map((each) => ({
            value: each,
            label: each === 'core' || each === 'edge' ? t(`generate.category_${each}`) : t(`generate.level_${each}`),
          }))}
          onChange={onChange}
        />
      )
    case 'lines':
    case 'paragraph':
      return (
        <TextArea
          label={label}
          hint={field.kind === 'lines' ? t('generate.linesHint') : undefined}
          maxLength={field.kind === 'paragraph' ? field.longest : undefined}
          value={text}
          onChange={(event) => onChange(event.target.value)}
        />
      )
    case 'line':
    case 'number':
      return (
        <TextField
          label={label}
          error={
            wrong === 'missing'
              ? t('generate.missing')
              : wrong === 'order'
                ? t('generate.orderWrong')
                : wrong === 'number' && field.kind === 'number'
                  ? t('generate.numberWrong', field)
                  : null
          }
          inputMode={field.kind === 'number' ? 'decimal' : undefined}
          maxLength={field.kind === 'line' ? field.longest : undefined}
          value={text}
          onChange={(event) => onChange(event.target.value)}
        />
      )
  }
}
