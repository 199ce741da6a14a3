/** One conversation, waited for. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect, useRef, useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import type { GeneratedConversation } from '#contract/training/index.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { asRequestError } from '../../lib/request-error.ts'
import { Button, buttonLook } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { SelectField } from '../../ui/select-field.tsx'
import { Spinner } from '../../ui/spinner.tsx'
import { FormError } from '../../ui/states.tsx'
import { useSeconds } from '../convert/use-seconds.ts'
import { checkCompatibility } from './check-compatibility.ts'
import { dollars, duration, whole } from './figures.ts'
import { useGenerateConversation } from './generate-conversation.ts'
import type { Scaffolds } from './list-scaffolds.ts'
import { ModelField } from './model-field.tsx'
import { type Form, TemplateFields } from './template-field.tsx'
import { useTrainingModel } from './use-training-model.ts'

/** Of an answer, in tokens: what the contract takes where nothing is said. */
const LONGEST = 4096

export const GenerateOne = ({ scaffolds }: { readonly scaffolds: Scaffolds }) => {
  const { t } = useTranslation()
  const models = useTrainingModel()
  const generate = useGenerateConversation()
  const [personaId, setPersonaId] = useState('')
  const [arcId, setArcId] = useState('')
  const [topicId, setTopicId] = useState('')
  const [form, setForm] = useState<Form>({ tier: 'template', templateId: '' })
  const isReady = personaId !== '' && arcId !== '' && topicId !== '' && models.model !== null
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    if (!isReady || generate.isPending) return
    generate.mutate({
      persona_id: personaId,
      emotional_arc_id: arcId,
      training_topic_id: topicId,
      tier: form.tier,
      template_id: form.templateId === '' ? undefined : form.templateId,
      model: models.model?.id,
      max_tokens: LONGEST,
    })
  }
  const options = (items: readonly { id: string; name: string; is_active: boolean; archetype?: string }[]) => [
    { value: '', label: t('generate.choose') },
    ...items
      .filter(({ is_active: isActive }) => isActive)
      .map(({ id, name, archetype }) => ({ value: id, label: archetype ? `${name} – ${archetype}` : name })),
  ]
  return (
    <form className="flex max-w-[46rem] flex-col gap-6" onSubmit={onSubmit}>
      <div className="grid gap-4 desk:grid-cols-2">
        <SelectField
          label={t('generate.persona')}
          value={personaId}
          options={options(scaffolds.personas)}
          onChange={setPersonaId}
        />
        <SelectField label={t('generate.arc')} value={arcId} options={options(scaffolds.arcs)} onChange={setArcId} />
        <SelectField
          label={t('generate.topic')}
          value={topicId}
          options={options(scaffolds.topics)}
          onChange={setTopicId}
        />
        <TemplateFields
          {...form}
          arcKey={scaffolds.arcs.find(({ id }) => id === arcId)?.arc_key ?? null}
          onChange={setForm}
        />
        <ModelField models={models} />
      </div>
      {personaId !== '' && arcId !== '' && topicId !== '' && (
        <Compatibility personaId={personaId} arcId={arcId} topicId={topicId} />
      )}
      <div className="flex flex-col items-start gap-3">
        <Button type="submit" look="primary" disabled={!isReady || generate.isPending}>
          {generate.isPending && <Spinner />}
          {t(generate.isPending ? 'generate.generating' : 'generate.generateOne')}
        </Button>
        {!isReady && <p className="text-small text-soft">{t('generate.chooseAll')}</p>}
        {generate.isPending && <Waiting since={generate.submittedAt} />}
      </div>
      {generate.error && <Failed error={generate.error} />}
      {generate.data && !generate.isPending && <Done made={generate.data} />}
    </form>
  )
}

const Waiting = ({ since }: { readonly since: number }) => {
  const { t, i18n } = useTranslation()
  const now = useSeconds(true)
  return (
    <div className="text-soft">
      <p role="status">{t('generate.waitingHint')}</p>
      <p className="text-small tabular-nums">
        {t('generate.elapsed', { time: duration(Math.max(1, Math.floor((now - since) / 1000)), i18n.language) })}
      </p>
    </div>
  )
}

const Failed = ({ error }: { readonly error: unknown }) => {
  const { t } = useTranslation()
  const { status } = asRequestError(error)
  return (
    <div className="flex flex-col items-start gap-2">
      <FormError>{errorText(t, error)}</FormError>
      {status >= 500 && (
        <Link
          to={status === 503 ? '/conversations/runs' : '/conversations/failures'}
          className="text-accent underline underline-offset-4"
        >
          {t(status === 503 ? 'generate.toRuns' : 'generate.seeFailures')}
        </Link>
      )}
    </div>
  )
}

const Compatibility = ({
  personaId,
  arcId,
  topicId,
}: {
  readonly personaId: string
  readonly arcId: string
  readonly topicId: string
}) => {
  const { t, i18n } = useTranslation()
  const { data } = useQuery(
    checkCompatibility({ persona_id: personaId, emotional_arc_id: arcId, training_topic_id: topicId }),
  )
  if (!data) return null
  const confidence = new Intl.NumberFormat(i18n.language, { style: 'percent' }).format(data.confidence)
  return (
    <div role="status" className="border-s-2 border-hairline ps-4">
      <p className={data.warnings.length === 0 ? 'text-soft' : 'font-strong'}>
        {t(data.warnings.length === 0 ? 'generate.fits' : 'generate.fitsBadly', { confidence })}
      </p>
      {data.warnings.length > 0 && (
        <ul className="mt-1 list-disc ps-5 text-small">
          {data.warnings.map((warning, index) => (
            <li key={warning}>
              {warning} <span className="text-soft">{data.suggestions[index]}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

const Done = ({ made }: { readonly made: GeneratedConversation }) => {
  const { t, i18n } = useTranslation()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [made.conversation_id])
  const { metadata, quality_metrics: quality, cost } = made
  const facts = [
    t('generate.turns', { count: quality.turn_count }),
    ...(quality.quality_score === null ? [] : [t('generate.quality', { score: quality.quality_score })]),
    ...(metadata.token_count === null
      ? []
      : [
          t('generate.tokenCount', { count: metadata.token_count, tokens: whole(metadata.token_count, i18n.language) }),
        ]),
    cost === null ? t('generate.costUnknown') : dollars(cost, i18n.language),
    duration(metadata.generation_time_ms / 1000, i18n.language),
  ]
  return (
    <section aria-labelledby="made-title" className="flex flex-col items-start gap-3 rounded bg-wash p-4">
      <h2 id="made-title" ref={heading} tabIndex={-1} className="font-strong outline-none">
        {t('generate.made')}
      </h2>
      <p className="flex max-w-full flex-wrap items-center gap-1">
        <span className="text-soft">{t('generate.conversationId')}</span>{' '}
        <code className="font-mono text-small wrap-anywhere">{made.conversation_id}</code>
        <CopyButton text={made.conversation_id} label={t('generate.copyId')} />
      </p>
      <p className="text-small text-soft tabular-nums">{facts.join(' · ')}</p>
      <Link to="/conversations" search={{ open: made.conversation_id }} className={buttonLook()}>
        {t('generate.openConversation')}
      </Link>
    </section>
  )
}
