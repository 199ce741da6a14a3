/** What conversations are made of, to be changed: personas, emotional arcs, topics, prompt templates. */
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Plus, Shapes } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { PromptTemplate } from '#contract/training/index.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { Button } from '../../ui/button.tsx'
import { Choice } from '../../ui/choice.tsx'
import { ConfirmButton } from '../../ui/confirm-button.tsx'
import { EmptyState, ErrorState } from '../../ui/states.tsx'
import { showToast } from '../../ui/toast.tsx'
import { TrainingPage } from '../training/training-page.tsx'
import { type ScaffoldKind, scaffoldKinds } from './generate-search.ts'
import { listTemplates } from './list-templates.ts'
import { type Scaffolds, useScaffolds } from './list-scaffolds.ts'
import { useRestoreStarter } from './restore-starter.ts'
import { RowsWaiting } from '../training/rows-waiting.tsx'
import { useEditScaffold } from './save-scaffold.ts'
import { useEditTemplate } from './save-template.ts'
import { keyOf, type PartKind } from './scaffold-fields.ts'
import { ScaffoldForm } from './scaffold-form.tsx'
import { ScaffoldRow } from './scaffold-row.tsx'
import { TemplateForm } from './template-form.tsx'

export const ScaffoldingPage = () => {
  const { t } = useTranslation()
  const { kind = 'personas', edit } = useSearch({ from: '/conversations/scaffolding' })
  const navigate = useNavigate()
  const { scaffolds, error: partsError, retry } = useScaffolds()
  const templates = useQuery(listTemplates())
  const error = partsError ?? templates.error
  const go = (to: ScaffoldKind, what?: string) =>
    void navigate({
      to: '/conversations/scaffolding',
      search: { ...(to === 'personas' ? {} : { kind: to }), ...(what ? { edit: what } : {}) },
    })
  const onBack = () => go(kind)
  const isThere = scaffolds && templates.data

  const body = () => {
    if (error && !isThere) {
      const onRetry = () => {
        retry()
        if (templates.error) void templates.refetch()
      }
      return <ErrorState title={t('generate.loadFailed')} error={error} onRetry={onRetry} />
    }
    if (!isThere) return <RowsWaiting />
    if (edit === undefined) {
      return (
        <Lists kind={kind} scaffolds={scaffolds} templates={templates.data.templates} onEdit={(id) => go(kind, id)} />
      )
    }
    if (kind === 'templates') {
      const template = templates.data.templates.find(({ id }) => id === edit) ?? null
      if (edit !== 'new' && !template) return <Gone onBack={onBack} />
      return (
        <TemplateForm
          key={edit}
          template={template}
          scaffolds={scaffolds}
          placeholders={templates.data.placeholders}
          onDone={onBack}
        />
      )
    }
    const part = scaffolds[kind].find(({ id }) => id === edit) ?? null
    if (edit !== 'new' && !part) return <Gone onBack={onBack} />
    return <ScaffoldForm key={edit} kind={kind} part={part} scaffolds={scaffolds} onDone={onBack} />
  }
  return (
    <TrainingPage
      name={`scaffolding ${edit ?? ''}`}
      title={
        edit === undefined
          ? t('training.scaffolding')
          : t(edit === 'new' ? `generate.new_${kind}` : `generate.edit_${kind}`)
      }
      onBack={edit === undefined ? undefined : onBack}
    >
      {edit === undefined && (
        <div className="max-w-[64rem] px-4 pt-4 desk:px-6">
          <Choice
            label={t('generate.kind')}
            value={kind}
            options={scaffoldKinds.map((each) => ({ value: each, label: t(`generate.${each}`) }))}
            onChange={(next) => go(next)}
          />
        </div>
      )}
      {body()}
    </TrainingPage>
  )
}

const Gone = ({ onBack }: { readonly onBack: () => void }) => {
  const { t } = useTranslation()
  return (
    <EmptyState icon={Shapes} action={<Button onClick={onBack}>{t('common.back')}</Button>}>
      {t('generate.gone')}
    </EmptyState>
  )
}

const Lists = ({
  kind,
  scaffolds,
  templates,
  onEdit,
}: {
  readonly kind: ScaffoldKind
  readonly scaffolds: Scaffolds
  readonly templates: readonly PromptTemplate[]
  readonly onEdit: (id: string) => void
}) => {
  const { t } = useTranslation()
  const restore = useRestoreStarter()
  const onRestore = () =>
    restore.mutate(undefined, {
      onSuccess: () => showToast({ text: t('generate.restored') }),
      onError: (error) => showToast({ text: errorText(t, error), tone: 'danger' }),
    })
  const isEmpty = kind === 'templates' ? templates.length === 0 : scaffolds[kind].length === 0
  return (
    <div className="flex max-w-[64rem] flex-col gap-4 px-4 pt-4 pb-24 desk:px-6">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p className="max-w-[60ch] min-w-0 flex-1 basis-72 text-soft">{t(`generate.intro_${kind}`)}</p>
        <span className="flex flex-wrap gap-2">
          <ConfirmButton
            label={t('generate.restore')}
            question={t('generate.restoreConfirm')}
            disabled={restore.isPending}
            onConfirm={onRestore}
          />
          <Button look="primary" icon={Plus} onClick={() => onEdit('new')}>
            {t(`generate.new_${kind}`)}
          </Button>
        </span>
      </div>
      {isEmpty ? (
        <p className="py-3 text-soft">{t('generate.noneOfKind')}</p>
      ) : kind === 'templates' ? (
        <Templates templates={templates} scaffolds={scaffolds} onEdit={onEdit} />
      ) : (
        <Parts kind={kind} scaffolds={scaffolds} onEdit={onEdit} />
      )}
    </div>
  )
}

const Parts = ({
  kind,
  scaffolds,
  onEdit,
}: {
  readonly kind: PartKind
  readonly scaffolds: Scaffolds
  readonly onEdit: (id: string) => void
}) => {
  const { t } = useTranslation()
  const edit = useEditScaffold(kind)
  const summaries: ReadonlyMap<string, string> = new Map([
    ...scaffolds.personas.map(({ id, archetype }) => [id, archetype] as const),
    ...scaffolds.arcs.map(
      (arc) =>
        [
          arc.id,
          [
            `${arc.starting_emotion} → ${arc.ending_emotion}`,
            t('generate.turnRange', { least: arc.typical_turn_count_min, most: arc.typical_turn_count_max }),
            t(`generate.category_${arc.conversation_category}`),
          ].join(' · '),
        ] as const,
    ),
    ...scaffolds.topics.map(
      (topic) => [topic.id, `${topic.category} · ${t(`generate.level_${topic.complexity_level}`)}`] as const,
    ),
  ])
  return (
    <ul className="border-t border-hairline">
      {scaffolds[kind].map((part) => (
        <ScaffoldRow
          key={part.id}
          item={part}
          code={keyOf(part)}
          summary={summaries.get(part.id) ?? ''}
          isBusy={edit.isPending}
          onEdit={() => onEdit(part.id)}
          onActive={(isActive) => edit.mutateAsync({ to: 'change', id: part.id, body: { is_active: isActive } })}
          onDelete={() => edit.mutateAsync({ to: 'delete', id: part.id })}
        />
      ))}
    </ul>
  )
}

const Templates = ({
  templates,
  scaffolds,
  onEdit,
}: {
  readonly templates: readonly PromptTemplate[]
  readonly scaffolds: Scaffolds
  readonly onEdit: (id: string) => void
}) => {
  const { t } = useTranslation()
  const edit = useEditTemplate()
  const arcName = (key: string | null) =>
    key === null ? t('generate.anyArc') : (scaffolds.arcs.find((arc) => arc.arc_key === key)?.name ?? key)
  return (
    <ul className="border-t border-hairline">
      {templates.map((template) => (
        <ScaffoldRow
          key={template.id}
          item={template}
          code={null}
          summary={[
            t(`generate.tier_${template.tier}`),
            arcName(template.arc_key),
            t('generate.version', { version: template.version }),
          ].join(' · ')}
          isBusy={edit.isPending}
          onEdit={() => onEdit(template.id)}
          onActive={(isActive) => edit.mutateAsync({ to: 'change', id: template.id, body: { is_active: isActive } })}
          onDelete={() => edit.mutateAsync({ to: 'delete', id: template.id })}
        />
      ))}
    </ul>
  )
}
