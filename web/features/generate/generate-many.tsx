/** Many conversations at once: every chosen persona with every chosen arc and topic, or what the matrix lacks. */
import { useNavigate } from '@tanstack/react-router'
import { useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { errorText } from '../../lib/i18n/error-text.ts'
import { Button } from '../../ui/button.tsx'
import { FormError } from '../../ui/states.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { conversationsOf, type Filling, MAX_CALLS } from './cells.ts'
import { CheckList } from './check-list.tsx'
import { useCreateGeneration } from './create-generation.ts'
import type { WantedEstimate } from './estimate-generation.ts'
import { EstimatePanel } from './estimate-panel.tsx'
import { typedNumber, whole } from './figures.ts'
import type { Scaffolds } from './list-scaffolds.ts'
import { ModelField } from './model-field.tsx'
import { MoreSettings, type RunSettings, settingsOf, startSettings } from './run-settings.tsx'
import { type Form, TemplateFields } from './template-field.tsx'
import { useEstimate } from './use-estimate.ts'
import { useTrainingModel } from './use-training-model.ts'

const active = <Item extends { readonly is_active: boolean }>(items: readonly Item[]) =>
  items.filter(({ is_active: isActive }) => isActive)

export const GenerateMany = ({
  scaffolds,
  filling,
  onChooseMyself,
}: {
  readonly scaffolds: Scaffolds
  readonly filling: Filling | null
  readonly onChooseMyself: () => void
}) => {
  const { t, i18n } = useTranslation()
  const navigate = useNavigate()
  const models = useTrainingModel()
  const create = useCreateGeneration()
  const [personaIds, setPersonaIds] = useState<readonly string[]>([])
  const [arcIds, setArcIds] = useState<readonly string[]>([])
  const [topicIds, setTopicIds] = useState<readonly string[]>([])
  const [perCell, setPerCell] = useState('1')
  const [form, setForm] = useState<Form>({ tier: filling?.tier ?? 'template', templateId: '' })
  const [settings, setSettings] = useState<RunSettings>(startSettings)
  const [leavesOut, setLeavesOut] = useState(false)

  const each = typedNumber(perCell, 1, MAX_CALLS)
  const total = filling
    ? conversationsOf(filling.cells)
    : personaIds.length * arcIds.length * topicIds.length * (each ?? 0)
  const values = settingsOf(settings)
  const selection = (): WantedEstimate['selection'] | null => {
    if (filling) return { cells: [...filling.cells] }
    if (!each || !Number.isInteger(each) || total === 0 || total > MAX_CALLS) return null
    return { persona_ids: [...personaIds], arc_ids: [...arcIds], topic_ids: [...topicIds], per_cell: each }
  }
  const wanted = selection()
  const estimate = useEstimate(
    wanted &&
      values && {
        selection: wanted,
        tier: form.tier,
        template_id: form.templateId === '' ? undefined : form.templateId,
        model: models.model?.id,
        max_tokens: values.max_tokens,
        concurrency: values.concurrency,
        prices: values.prices,
      },
    leavesOut,
  )
  const { data } = estimate
  const isReady = wanted !== null && values !== null && models.model !== null && data !== undefined && !estimate.isOld

  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    if (!isReady || create.isPending) return
    create.mutate(
      {
        ...values,
        cells: data.cells,
        tier: form.tier,
        template_id: form.templateId === '' ? undefined : form.templateId,
        model: models.model!.id,
      },
      { onSuccess: ({ id }) => void navigate({ to: '/conversations/runs/$runId', params: { runId: id } }) },
    )
  }
  const arcs = active(scaffolds.arcs)
  const ofCategory = (category: 'core' | 'edge') =>
    arcs.filter((arc) => arc.conversation_category === category).map(({ id }) => id)
  return (
    <form className="flex flex-col gap-6" onSubmit={onSubmit}>
      {filling ? (
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2 rounded bg-wash p-4">
          <p className="min-w-0 flex-1 basis-72">
            {t('generate.fills', { count: total, calls: whole(total, i18n.language), cells: filling.cells.length })}
          </p>
          <Button onClick={onChooseMyself}>{t('generate.chooseMyself')}</Button>
        </div>
      ) : (
        <div className="grid gap-6 wide:grid-cols-3">
          <CheckList
            label={t('generate.personas')}
            items={active(scaffolds.personas).map(({ id, name, archetype }) => ({ id, name, detail: archetype }))}
            chosen={personaIds}
            onChange={setPersonaIds}
          />
          <CheckList
            label={t('generate.arcs')}
            items={arcs.map(({ id, name, conversation_category: category }) => ({
              id,
              name,
              detail: t(`generate.category_${category}`),
            }))}
            groups={[
              { label: t('generate.category_core'), ids: ofCategory('core') },
              { label: t('generate.category_edge'), ids: ofCategory('edge') },
            ]}
            chosen={arcIds}
            onChange={setArcIds}
          />
          <CheckList
            label={t('generate.topics')}
            items={active(scaffolds.topics).map(({ id, name, complexity_level: level }) => ({
              id,
              name,
              detail: t(`generate.level_${level}`),
            }))}
            chosen={topicIds}
            onChange={setTopicIds}
          />
        </div>
      )}
      <div className="grid max-w-[46rem] gap-4 desk:grid-cols-2">
        {!filling && (
          <TextField
            label={t('generate.perCell')}
            hint={t('generate.perCellHint')}
            error={each ? null : t('generate.perCellWrong', { most: MAX_CALLS })}
            inputMode="numeric"
            value={perCell}
            onChange={(event) => setPerCell(event.target.value)}
          />
        )}
        <ModelField models={models} />
        <TemplateFields {...form} arcKey={null} onChange={setForm} />
      </div>
      <MoreSettings
        settings={settings}
        onChange={setSettings}
        knowsPrices={
          models.model?.source === 'demo' || models.model?.source === 'local' || Boolean(models.model?.prices)
        }
      />
      {total > MAX_CALLS && !filling ? (
        <FormError>
          {t('generate.tooMany', { calls: whole(total, i18n.language), most: whole(MAX_CALLS, i18n.language) })}
        </FormError>
      ) : (
        <EstimatePanel
          estimate={estimate}
          scaffolds={scaffolds}
          leavesOut={leavesOut}
          onLeaveOut={setLeavesOut}
          isAsked={wanted !== null}
        />
      )}
      {create.error && <FormError>{errorText(t, create.error)}</FormError>}
      <div className="flex flex-col items-start gap-2">
        <Button type="submit" look="primary" disabled={!isReady || create.isPending}>
          {data && !estimate.isOld
            ? t('generate.start', { count: data.calls, calls: whole(data.calls, i18n.language) })
            : t('generate.startNothing')}
        </Button>
        {models.model === null && <p className="text-small text-soft">{t('generate.chooseModel')}</p>}
      </div>
    </form>
  )
}
