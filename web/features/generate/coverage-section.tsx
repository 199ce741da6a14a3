/** Which personas and arcs have conversations together, and which lack them: the number says it, the colour helps. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ChevronLeft, ChevronRight, Grid3x3 } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { cx } from '../../lib/class-names.ts'
import { Button, buttonLook, IconButton } from '../../ui/button.tsx'
import { SelectField } from '../../ui/select-field.tsx'
import { EmptyState, ErrorState, Loading, Skeleton } from '../../ui/states.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { conversationsOf, coverageOf, type Filling, missingCells, type Part } from './cells.ts'
import { typedNumber, whole } from './figures.ts'
import { type Coverage, type CoverageQuery, readCoverage } from './read-coverage.ts'
import { type Tier, tiers } from './template-field.tsx'

const statuses = ['pending_review', 'approved', 'rejected', 'archived'] as const

export const CoverageSection = ({ onFill }: { readonly onFill: (filling: Filling) => void }) => {
  const { t } = useTranslation()
  const [tier, setTier] = useState<Tier | ''>('')
  const [status, setStatus] = useState<(typeof statuses)[number] | ''>('')
  const [page, setPage] = useState(1)
  const [topicId, setTopicId] = useState('')
  const [typed, setTyped] = useState('1')
  const query: CoverageQuery = { tier: tier || undefined, status: status || undefined, page }
  const coverage = useQuery(readCoverage(query))
  const number = typedNumber(typed, 1, 100)
  const target = number && Number.isInteger(number) ? number : null
  const { data } = coverage
  const topic = data?.training_topics.some(({ id }) => id === topicId) ? topicId : ''
  const fill = (part: Part) => {
    if (data && target) onFill({ cells: missingCells(data, part, target), tier: tier || null })
  }
  return (
    <section aria-labelledby="coverage-title" className="flex flex-col gap-4">
      <div>
        <h2 id="coverage-title" className="font-strong">
          {t('generate.coverageTitle')}
        </h2>
        <p className="max-w-[72ch] text-soft">{t('generate.coverageIntro')}</p>
      </div>
      <div className="grid gap-4 desk:grid-cols-4">
        <SelectField
          label={t('generate.topic')}
          value={topic}
          options={[
            { value: '', label: t((data?.total_pages ?? 1) > 1 ? 'generate.topicsOfPage' : 'generate.allTopics') },
            ...(data?.training_topics ?? []).map(({ id, name }) => ({ value: id, label: name })),
          ]}
          onChange={setTopicId}
        />
        <SelectField
          label={t('generate.tier')}
          value={tier}
          options={[
            { value: '', label: t('generate.anyTier') },
            ...tiers.map((each) => ({ value: each, label: t(`generate.tier_${each}`) })),
          ]}
          onChange={setTier}
        />
        <SelectField
          label={t('generate.status')}
          value={status}
          options={[
            { value: '', label: t('generate.anyStatus') },
            ...statuses.map((each) => ({ value: each, label: t(`generate.review_${each}`) })),
          ]}
          onChange={setStatus}
        />
        <TextField
          label={t('generate.target')}
          error={target === null ? t('generate.numberWrong', { least: 1, most: 100 }) : null}
          inputMode="numeric"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </div>
      {coverage.error && !data ? (
        <ErrorState
          compact
          title={t('generate.coverageFailed')}
          error={coverage.error}
          onRetry={() => void coverage.refetch()}
        />
      ) : !data ? (
        <Loading>
          <Skeleton className="h-72 w-full" />
        </Loading>
      ) : data.personas.length === 0 || data.emotional_arcs.length === 0 || data.training_topics.length === 0 ? (
        <EmptyState
          icon={Grid3x3}
          action={
            <Link to="/conversations/scaffolding" className={buttonLook()}>
              {t('generate.toScaffolding')}
            </Link>
          }
        >
          {t('generate.coverageEmpty')}
        </EmptyState>
      ) : (
        <div
          aria-busy={coverage.isPlaceholderData}
          className={cx('flex flex-col gap-4', coverage.isPlaceholderData && 'opacity-50')}
        >
          {data.total_pages > 1 && <Pages page={page} pages={data.total_pages} onGo={setPage} />}
          <Matrix coverage={data} topicId={topic === '' ? undefined : topic} target={target ?? 1} onFill={fill} />
        </div>
      )}
    </section>
  )
}

const Pages = ({
  page,
  pages,
  onGo,
}: {
  readonly page: number
  readonly pages: number
  readonly onGo: (page: number) => void
}) => {
  const { t } = useTranslation()
  return (
    <nav aria-label={t('generate.topicPages')} className="flex items-center gap-1">
      <IconButton
        label={t('generate.previousTopics')}
        icon={ChevronLeft}
        disabled={page === 1}
        className="disabled:opacity-40"
        onClick={() => onGo(page - 1)}
      />
      <span className="text-small text-soft tabular-nums">{t('generate.topicPage', { page, pages })}</span>
      <IconButton
        label={t('generate.nextTopics')}
        icon={ChevronRight}
        disabled={page === pages}
        className="disabled:opacity-40"
        onClick={() => onGo(page + 1)}
      />
    </nav>
  )
}

const Matrix = ({
  coverage,
  topicId,
  target,
  onFill,
}: {
  readonly coverage: Coverage
  readonly topicId: string | undefined
  readonly target: number
  readonly onFill: (part: Part) => void
}) => {
  const { t, i18n } = useTranslation()
  const calls = conversationsOf(missingCells(coverage, { topicId }, target))
  const { count, missing } = coverageOf(coverage, { topicId }, target)
  const isCut =
    coverage.total_personas > coverage.personas.length || coverage.total_emotional_arcs > coverage.emotional_arcs.length
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2">
        <p role="status" className="tabular-nums">
          {t('generate.coverageSum', { count, total: whole(count, i18n.language) })}{' '}
          {missing === 0
            ? t('generate.nothingMissing', { target })
            : t('generate.missingSum', { count: missing, total: whole(missing, i18n.language), target })}
        </p>
        {missing > 0 && (
          <Button look="primary" onClick={() => onFill({ topicId })}>
            {t('generate.fillUp', { count: calls, target, calls: whole(calls, i18n.language) })}
          </Button>
        )}
      </div>
      <div className="relative overflow-x-auto" tabIndex={0} role="region" aria-labelledby="coverage-title">
        <table className="w-full border-separate border-spacing-1 text-start tabular-nums">
          <caption className="sr-only">{t('generate.matrixCaption')}</caption>
          <thead>
            <tr>
              <th scope="col" className="sticky start-0 min-w-24 bg-paper text-start text-small font-strong text-soft">
                {t('generate.arc')}
              </th>
              {coverage.personas.map(({ id, name }) => (
                <th key={id} scope="col" className="min-w-20 px-2 text-start text-small font-strong">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {coverage.emotional_arcs.map((arc) => (
              <tr key={arc.id}>
                <th scope="row" className="sticky start-0 bg-paper pe-2 text-start text-small font-normal">
                  {arc.name}
                </th>
                {coverage.personas.map((persona) => (
                  <Cell
                    key={persona.id}
                    names={{ persona: persona.name, arc: arc.name }}
                    {...coverageOf(coverage, { topicId, personaId: persona.id, arcId: arc.id }, target)}
                    onFill={() => onFill({ topicId, personaId: persona.id, arcId: arc.id })}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {isCut && <p className="text-small text-soft">{t('generate.matrixCut', { count: 50 })}</p>}
    </>
  )
}

const Cell = ({
  count,
  missing,
  names,
  onFill,
}: {
  readonly count: number
  readonly missing: number
  readonly names: { readonly persona: string; readonly arc: string }
  readonly onFill: () => void
}) => {
  const { t, i18n } = useTranslation()
  const number = whole(count, i18n.language)
  const look = 'flex min-h-12 w-full flex-col items-start justify-center rounded border px-2 py-1 text-start'
  if (missing === 0) {
    return (
      <td className="p-0">
        <span className={cx(look, 'border-transparent bg-wash')}>
          <span className="font-strong">{number}</span>
        </span>
      </td>
    )
  }
  return (
    <td className="p-0">
      <button
        type="button"
        className={cx(
          look,
          'transition-colors hover:border-accent',
          'border-dashed',
          count === 0 ? 'border-danger' : 'border-edge bg-sunk',
        )}
        onClick={onFill}
      >
        <span className="font-strong">{number}</span>
        <span className="text-small text-soft">{t('generate.lacks', { missing: whole(missing, i18n.language) })}</span>
        <span className="sr-only">{t('generate.fillCell', names)}</span>
      </button>
    </td>
  )
}
