/** A prompt template, to be written or changed, and what a model would be asked by it. */
import { useQuery } from '@tanstack/react-query'
import { useRef, useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import type { PromptTemplate } from '#contract/training/index.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { useSettled } from '../../lib/use-settled.ts'
import { Button } from '../../ui/button.tsx'
import { SelectField } from '../../ui/select-field.tsx'
import { ErrorState, FormError, Loading, Skeleton } from '../../ui/states.tsx'
import { TextArea } from '../../ui/text-area.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { showToast } from '../../ui/toast.tsx'
import { whole } from './figures.ts'
import type { Scaffolds } from './list-scaffolds.ts'
import { previewTemplate } from './preview-template.ts'
import { useEditTemplate } from './save-template.ts'
import { type Tier, tiers } from './template-field.tsx'
import { unknownPlaceholders } from './unknown-placeholders.ts'

/** Longest template, in characters (contract, `MAX_TEMPLATE_TEXT`). */
const LONGEST = 20_000

export const TemplateForm = ({
  template,
  scaffolds,
  placeholders,
  onDone,
}: {
  /** Null: a new one. */
  readonly template: PromptTemplate | null
  readonly scaffolds: Scaffolds
  readonly placeholders: readonly string[]
  readonly onDone: () => void
}) => {
  const { t } = useTranslation()
  const save = useEditTemplate()
  const [name, setName] = useState(template?.name ?? '')
  const [tier, setTier] = useState<Tier>(template?.tier ?? 'template')
  const [arcKey, setArcKey] = useState(template?.arc_key ?? '')
  const [text, setText] = useState(template?.text ?? '')
  const [wasSent, setWasSent] = useState(false)
  const field = useRef<HTMLTextAreaElement>(null)
  const unknown = unknownPlaceholders(text, placeholders)
  const isNameMissing = name.trim() === ''
  const isTextMissing = text.trim() === ''
  const isArcLost = arcKey !== '' && !scaffolds.arcs.some((arc) => arc.arc_key === arcKey)

  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    setWasSent(true)
    if (isNameMissing || isTextMissing || unknown.length > 0) {
      const form = event.currentTarget
      // Once it is marked.
      requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid]')?.focus())
      return
    }
    if (save.isPending) return
    const body = { name: name.trim(), tier, arc_key: arcKey === '' ? null : arcKey, text }
    save.mutate(template ? { to: 'change', id: template.id, body } : { to: 'add', body }, {
      onSuccess: () => {
        showToast({ text: t('common.saved') })
        onDone()
      },
    })
  }
  const insert = (placeholder: string) => {
    const area = field.current
    if (!area) return
    area.setRangeText(`{{${placeholder}}}`, area.selectionStart, area.selectionEnd, 'end')
    setText(area.value)
    area.focus()
  }
  const textError =
    unknown.length > 0
      ? t('generate.unknownPlaceholders', { count: unknown.length, names: unknown.join(', ') })
      : wasSent && isTextMissing
        ? t('generate.missing')
        : null
  return (
    <form className="flex max-w-[52rem] flex-col gap-4 px-4 pt-4 pb-24 desk:px-6" noValidate onSubmit={onSubmit}>
      <TextField
        label={t('generate.field_name')}
        error={wasSent && isNameMissing ? t('generate.missing') : null}
        maxLength={255}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <div className="grid gap-4 desk:grid-cols-2">
        <SelectField
          label={t('generate.tier')}
          value={tier}
          options={tiers.map((each) => ({ value: each, label: t(`generate.tier_${each}`) }))}
          onChange={setTier}
        />
        <SelectField
          label={t('generate.arc')}
          value={arcKey}
          options={[
            { value: '', label: t('generate.anyArc') },
            ...scaffolds.arcs.map((arc) => ({ value: arc.arc_key, label: arc.name })),
            ...(isArcLost ? [{ value: arcKey, label: arcKey }] : []),
          ]}
          onChange={setArcKey}
        />
      </div>
      <TextArea
        ref={field}
        label={t('generate.templateText')}
        hint={t('generate.templateHint', { example: '{{persona_name}}' })}
        error={textError}
        isCode
        rows={18}
        maxLength={LONGEST}
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <details>
        <summary className="w-fit cursor-pointer rounded py-1 text-accent underline-offset-4 hover:underline">
          {t('generate.placeholders')}
        </summary>
        <ul className="mt-2 flex flex-wrap gap-2">
          {placeholders.map((placeholder) => (
            <li key={placeholder}>
              <button
                type="button"
                className="min-h-8 rounded border border-edge px-2 font-mono text-small hover:bg-hover pointer-coarse:min-h-10"
                aria-label={t('generate.insertPlaceholder', { name: placeholder })}
                onClick={() => insert(placeholder)}
              >
                {placeholder}
              </button>
            </li>
          ))}
        </ul>
      </details>
      {save.error && <FormError>{errorText(t, save.error)}</FormError>}
      <span className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" disabled={save.isPending}>
          {t(save.isPending ? 'common.saving' : 'common.save')}
        </Button>
        <Button onClick={onDone}>{t('common.cancel')}</Button>
      </span>
      {template && <Preview id={template.id} text={text} arcKey={arcKey} scaffolds={scaffolds} />}
    </form>
  )
}

/** How long typing rests before the preview follows, in milliseconds. */
const SETTLES_AFTER = 400

const Preview = ({
  id,
  text,
  arcKey,
  scaffolds,
}: {
  readonly id: string
  readonly text: string
  readonly arcKey: string
  readonly scaffolds: Scaffolds
}) => {
  const { t, i18n } = useTranslation()
  const [personaId, setPersonaId] = useState(scaffolds.personas[0]?.id ?? '')
  const [chosenArcId, setArcId] = useState('')
  const [topicId, setTopicId] = useState(scaffolds.topics[0]?.id ?? '')
  const arcs = scaffolds.arcs.filter((arc) => arcKey === '' || arc.arc_key === arcKey)
  const arcId = arcs.some((arc) => arc.id === chosenArcId) ? chosenArcId : (arcs[0]?.id ?? '')
  const settled = useSettled(text, SETTLES_AFTER)
  const canAsk = personaId !== '' && arcId !== '' && topicId !== '' && settled.trim() !== ''
  const preview = useQuery({
    ...previewTemplate(id, { persona_id: personaId, arc_id: arcId, topic_id: topicId, text: settled }),
    enabled: canAsk,
  })
  const named = (items: readonly { readonly id: string; readonly name: string }[]) =>
    items.map((item) => ({ value: item.id, label: item.name }))
  return (
    <section aria-labelledby="preview-title" className="mt-4 flex flex-col gap-4 border-t border-hairline pt-4">
      <h2 id="preview-title" className="font-strong">
        {t('generate.preview')}
      </h2>
      <div className="grid gap-4 desk:grid-cols-3">
        <SelectField
          label={t('generate.persona')}
          value={personaId}
          options={named(scaffolds.personas)}
          onChange={setPersonaId}
        />
        <SelectField label={t('generate.arc')} value={arcId} options={named(arcs)} onChange={setArcId} />
        <SelectField
          label={t('generate.topic')}
          value={topicId}
          options={named(scaffolds.topics)}
          onChange={setTopicId}
        />
      </div>
      {!canAsk ? (
        <p className="text-soft">{t('generate.previewNothing')}</p>
      ) : preview.error ? (
        <ErrorState
          compact
          title={t('generate.previewFailed')}
          error={preview.error}
          onRetry={() => void preview.refetch()}
        />
      ) : !preview.data ? (
        <Loading>
          <Skeleton className="h-48 w-full" />
        </Loading>
      ) : (
        <>
          <p className="text-small text-soft tabular-nums">
            {t('generate.previewFacts', {
              tokens: whole(preview.data.prompt_tokens, i18n.language),
              temperature: preview.data.temperature.toLocaleString(i18n.language),
            })}
          </p>
          <pre
            tabIndex={0}
            aria-label={t('generate.preview')}
            className="max-h-[32rem] overflow-auto rounded bg-sunk p-4 font-mono text-small whitespace-pre-wrap wrap-anywhere"
          >
            {preview.data.text}
          </pre>
        </>
      )}
    </section>
  )
}
