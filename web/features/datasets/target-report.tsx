/** What a trainer would leave out or change, rule by rule, before anything is exported; with what would do away with it. */
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { TargetChoice, TargetReport } from '#contract/training/index.ts'
import { cx } from '../../lib/class-names.ts'
import { useSettled } from '../../lib/use-settled.ts'
import { Button } from '../../ui/button.tsx'
import { MoreButton } from '../../ui/more-button.tsx'
import { ProgressBar } from '../../ui/progress-bar.tsx'
import { ErrorState, Loading, Skeleton } from '../../ui/states.tsx'
import { whole } from '../generate/figures.ts'
import { CheckField } from './check-field.tsx'
import { ConversationLink } from './conversation-link.tsx'
import { listBrokenRows } from './list-broken-rows.ts'
import type { Target } from './list-targets.ts'
import type { VersionKey } from './read-version.ts'
import { reportVersion } from './report-version.ts'
import { ruleText } from './rule-text.ts'
import { type Chosen, choiceOf } from './targets.ts'

/** How long a change must rest before it is asked about, in milliseconds. */
const REST = 300

export const TargetReportView = ({
  version,
  target,
  chosen,
  onChange,
}: {
  readonly version: VersionKey
  readonly target: Target
  readonly chosen: Chosen
  readonly onChange: (chosen: Chosen) => void
}) => {
  const { t } = useTranslation()
  const settled = useSettled(chosen, REST)
  const choice = choiceOf(target.id, settled)
  const query = useQuery({ ...reportVersion(version, choice), placeholderData: keepPreviousData })
  const report = query.data?.report ?? null
  const isBehind = settled !== chosen || query.isPlaceholderData
  const body = () => {
    if (query.error && !query.isPlaceholderData && !query.data) {
      return (
        <ErrorState
          compact
          title={t('datasets.reportFailed')}
          error={query.error}
          onRetry={() => void query.refetch()}
        />
      )
    }
    if (query.data && report === null) {
      const { processed, total } = query.data.progress
      return <ProgressBar label={t('datasets.reporting')} value={processed} max={total} />
    }
    if (report === null) {
      return (
        <Loading>
          <Skeleton className="h-16 w-full" />
        </Loading>
      )
    }
    return <Report version={version} choice={choice} report={report} />
  }
  return (
    <section
      aria-label={t('datasets.reportOf', { target: target.name })}
      aria-busy={isBehind}
      className="flex flex-col gap-3"
    >
      <div className={cx('transition-opacity', isBehind && 'opacity-50')}>{body()}</div>
      <Fixes target={target} report={report} chosen={chosen} onChange={onChange} />
    </section>
  )
}

const Report = ({
  version,
  choice,
  report,
}: {
  readonly version: VersionKey
  readonly choice: TargetChoice
  readonly report: TargetReport
}) => {
  const { t, i18n } = useTranslation()
  const number = (value: number) => whole(value, i18n.language)
  const inFile = report.intact + report.changed
  return (
    <div className="flex flex-col gap-2">
      <p role="status" className="tabular-nums">
        <span className="font-strong">
          {t('datasets.inFile', { count: inFile, kept: number(inFile), total: number(report.conversations) })}
        </span>{' '}
        <span className={report.left_out > 0 ? 'text-danger' : 'text-soft'}>
          {t('datasets.leftOutCount', { count: report.left_out, total: number(report.left_out) })}
        </span>
      </p>
      <p className="text-small text-soft tabular-nums">
        {[
          ...(report.changed > 0
            ? [t('datasets.changedCount', { count: report.changed, total: number(report.changed) })]
            : []),
          t('datasets.answersTrained', { count: report.answers.trained, total: number(report.answers.trained) }),
          ...(report.answers.untrained > 0
            ? [
                t('datasets.answersUntrained', {
                  count: report.answers.untrained,
                  total: number(report.answers.untrained),
                }),
              ]
            : []),
          ...report.splits
            .filter(({ records }) => records > 0)
            .map(({ split, records }) =>
              t('datasets.rowsOfSplit', {
                count: records,
                split: t(`datasets.split_${split}`),
                total: number(records),
              }),
            ),
        ].join(' · ')}
      </p>
      {report.file_rules.map(({ rule, description, effect, split, detail }) => (
        <p key={`${rule} ${split}`} className="text-small">
          <span className={cx('font-strong', isHard(effect) ? 'text-danger' : 'text-soft')}>
            {t(isHard(effect) ? 'datasets.fileRefused' : 'datasets.fileTaken', {
              split: t(`datasets.split_${split}`),
            })}
          </span>{' '}
          {t('datasets.ruleBroken', { rule: ruleText(t, rule, description) })} ({detail})
        </p>
      ))}
      {report.rules.length > 0 && (
        <ul className="border-t border-hairline">
          {report.rules.map((rule) => (
            <RuleRow key={rule.rule} version={version} choice={choice} rule={rule} />
          ))}
        </ul>
      )}
    </div>
  )
}

type Rule = TargetReport['rules'][number]

/** Of rows: they are left out. Of a file: it would not be taken. */
const isHard = (effect: Rule['effect']): boolean => effect === 'drops' || effect === 'stops' || effect === 'harms'

const Effect = ({ effect }: { readonly effect: Rule['effect'] }) => {
  const { t } = useTranslation()
  return (
    <span className={cx('font-strong', isHard(effect) ? 'text-danger' : 'text-soft')}>
      {t(`datasets.effect_${effect}`)}
    </span>
  )
}

const RuleRow = ({
  version,
  choice,
  rule,
}: {
  readonly version: VersionKey
  readonly choice: TargetChoice
  readonly rule: Rule
}) => {
  const { t, i18n } = useTranslation()
  const [isOpen, setOpen] = useState(false)
  return (
    <li className="border-b border-hairline py-1" data-rule={rule.rule}>
      <div className="flex flex-wrap items-center justify-between gap-x-4">
        <p className="min-w-0">
          <span className="tabular-nums">
            {t('datasets.conversationCount', {
              count: rule.conversations,
              total: whole(rule.conversations, i18n.language),
            })}
          </span>{' '}
          <Effect effect={rule.effect} />
          <span className="block text-small text-soft">
            {t('datasets.ruleBroken', { rule: ruleText(t, rule.rule, rule.description) })}
          </span>
        </p>
        <Button look="quiet" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {t(isOpen ? 'datasets.hideWhich' : 'datasets.showWhich')}
        </Button>
      </div>
      {isOpen && <BrokenRows version={version} choice={choice} rule={rule.rule} />}
    </li>
  )
}

const BrokenRows = ({
  version,
  choice,
  rule,
}: {
  readonly version: VersionKey
  readonly choice: TargetChoice
  readonly rule: string
}) => {
  const { t } = useTranslation()
  const list = useInfiniteQuery(listBrokenRows(version, choice, rule))
  if (list.error && !list.data) {
    return (
      <ErrorState compact title={t('datasets.itemsFailed')} error={list.error} onRetry={() => void list.refetch()} />
    )
  }
  if (!list.data) {
    return (
      <Loading>
        <Skeleton className="h-10 w-full" />
      </Loading>
    )
  }
  return (
    <div className="mb-2 flex flex-col gap-2 ps-4 text-small">
      <ul>
        {list.data.pages
          .flatMap(({ rows }) => rows)
          .map((row) => (
            <li key={row.conversation_id} className="flex flex-wrap items-baseline justify-between gap-x-4 py-1">
              <ConversationLink id={row.conversation_id} title={row.title} />
              <span className="text-soft tabular-nums">
                {row.turn_number !== null && <>{t('datasets.turnNumber', { turn: row.turn_number })} · </>}
                <span className="font-mono">{row.conversation_id}</span>
              </span>
            </li>
          ))}
      </ul>
      <MoreButton query={list} />
    </div>
  )
}

/** What the report suggests, and what is switched on already. */
const Fixes = ({
  target,
  report,
  chosen,
  onChange,
}: {
  readonly target: Target
  readonly report: TargetReport | null
  readonly chosen: Chosen
  readonly onChange: (chosen: Chosen) => void
}) => {
  const { t } = useTranslation()
  const suggested = new Set(report?.rules.flatMap(({ fix }) => (fix ? [fix.id] : [])))
  const offered = target.fixes.filter(({ id }) => suggested.has(id) || chosen.fixes.includes(id))
  if (offered.length === 0) return null
  return (
    <fieldset>
      <legend className="text-small font-strong">{t('datasets.fixes')}</legend>
      {offered.map(({ id }) => (
        <CheckField
          key={id}
          label={t(`datasets.fix_${id}`)}
          checked={chosen.fixes.includes(id)}
          onChange={(isOn) =>
            onChange({
              ...chosen,
              fixes: isOn ? [...chosen.fixes, id] : chosen.fixes.filter((each) => each !== id),
            })
          }
        />
      ))}
    </fieldset>
  )
}
