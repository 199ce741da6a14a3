/** What the run would ask, cost and take, and what in it does not go well together. */
import { useTranslation } from 'react-i18next'
import { cx } from '../../lib/class-names.ts'
import { ErrorState } from '../../ui/states.tsx'
import type { Estimate } from './estimate-generation.ts'
import { Fact, Facts } from './facts.tsx'
import { dollars, duration, whole } from './figures.ts'
import type { Scaffolds } from './list-scaffolds.ts'
import { canLeaveOut, type Estimated } from './use-estimate.ts'

export const EstimatePanel = ({
  estimate,
  scaffolds,
  leavesOut,
  onLeaveOut,
  isAsked,
}: {
  readonly estimate: Estimated
  readonly scaffolds: Scaffolds
  readonly leavesOut: boolean
  readonly onLeaveOut: (on: boolean) => void
  /** Something was chosen. */
  readonly isAsked: boolean
}) => {
  const { t, i18n } = useTranslation()
  const { data } = estimate
  const number = (value: number) => whole(value, i18n.language)
  return (
    <section aria-labelledby="estimate-title" className="border-t border-hairline pt-4">
      <h2 id="estimate-title" className="font-strong">
        {t('generate.estimate')}
      </h2>
      {estimate.error ? (
        <ErrorState compact title={t('generate.estimateFailed')} error={estimate.error} onRetry={estimate.retry} />
      ) : !isAsked || !data ? (
        <p className="mt-1 text-soft">{t(isAsked ? 'generate.estimating' : 'generate.chooseSome')}</p>
      ) : (
        <div
          role="status"
          aria-busy={estimate.isOld}
          className={cx('transition-opacity duration-150', estimate.isOld && 'opacity-50')}
        >
          <Facts>
            <Fact name={t('generate.calls')}>{number(data.calls)}</Fact>
            <Fact name={t('generate.tokens')}>
              {t('generate.tokensRead', { tokens: number(data.prompt_tokens) })}
              {' · '}
              {t('generate.tokensWritten', {
                low: number(data.completion_tokens.low),
                worst: number(data.completion_tokens.worst),
              })}
            </Fact>
            <Fact name={t('generate.cost')}>
              {data.cost === null
                ? t('generate.unknown')
                : data.cost.worst === 0
                  ? t('generate.costNothing')
                  : t('generate.costRange', {
                      low: dollars(data.cost.low, i18n.language),
                      worst: dollars(data.cost.worst, i18n.language),
                    })}
            </Fact>
            <Fact name={t('generate.time')}>
              {t('generate.about', { time: duration(data.seconds, i18n.language) })}
            </Fact>
          </Facts>
          {estimate.whole && estimate.whole.warned > 0 && (
            <Misfits estimate={estimate.whole} scaffolds={scaffolds} leavesOut={leavesOut} onLeaveOut={onLeaveOut} />
          )}
        </div>
      )}
    </section>
  )
}

const Misfits = ({
  estimate,
  scaffolds,
  leavesOut,
  onLeaveOut,
}: {
  readonly estimate: Estimate
  readonly scaffolds: Scaffolds
  readonly leavesOut: boolean
  readonly onLeaveOut: (on: boolean) => void
}) => {
  const { t } = useTranslation()
  const nameIn = (items: readonly { readonly id: string; readonly name: string }[], id: string) =>
    items.find((item) => item.id === id)?.name ?? id
  return (
    <div className="mt-4">
      {canLeaveOut(estimate) && (
        <label className="flex min-h-10 w-fit cursor-pointer items-center gap-3">
          <input
            type="checkbox"
            className="size-4 accent-(--accent)"
            checked={leavesOut}
            onChange={(event) => onLeaveOut(event.target.checked)}
          />
          {t('generate.leaveOut', { count: estimate.warned })}
        </label>
      )}
      <details>
        <summary className="w-fit cursor-pointer rounded py-1 text-accent underline-offset-4 hover:underline">
          {t('generate.misfits', { count: estimate.warned })}
        </summary>
        <ul
          className="mt-1 max-h-80 overflow-y-auto border-y border-hairline"
          tabIndex={0}
          aria-label={t('generate.misfitList')}
        >
          {estimate.warnings.map((cell) => (
            <li
              key={`${cell.persona_id} ${cell.arc_id} ${cell.topic_id}`}
              className="border-b border-hairline py-2 last:border-0"
            >
              <p className={cx(leavesOut && 'text-soft line-through')}>
                {nameIn(scaffolds.personas, cell.persona_id)} · {nameIn(scaffolds.arcs, cell.arc_id)} ·{' '}
                {nameIn(scaffolds.topics, cell.topic_id)}
              </p>
              <p className="text-small text-soft">{cell.warnings.join(' ')}</p>
            </li>
          ))}
        </ul>
        {estimate.warned > estimate.warnings.length && (
          <p className="mt-1 text-small text-soft">{t('generate.misfitsMore', { count: estimate.warnings.length })}</p>
        )}
      </details>
    </div>
  )
}
