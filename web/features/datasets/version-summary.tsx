/** What came of a version: its splits, its tokens, and what it left out. */
import { useTranslation } from 'react-i18next'
import type { DatasetVersion } from '#contract/training/index.ts'
import { Fact, Facts } from '../generate/facts.tsx'
import { whole } from '../generate/figures.ts'
import { dropReasons } from './drop-reasons.ts'
import { splitNames } from './settings.ts'

const numberCell = 'py-1.5 ps-4 text-end tabular-nums'

export const VersionSummary = ({ version }: { readonly version: DatasetVersion }) => {
  const { t, i18n } = useTranslation()
  const { counts, erased } = version
  if (counts === null) return null
  const number = (value: number) => whole(value, i18n.language)
  const percent = (share: number) =>
    new Intl.NumberFormat(i18n.language, { style: 'percent', maximumFractionDigits: 1 }).format(share)
  const dropped = dropReasons.filter((reason) => (counts.dropped[reason] ?? 0) > 0)
  const tooShort = counts.tokens.models.filter((model) => model.conversations_too_long > 0)
  return (
    <section aria-label={t('datasets.summary')} className="flex flex-col gap-5">
      <Facts>
        <Fact name={t('datasets.conversations')}>
          {t('datasets.keptOf', { kept: number(counts.kept), selected: number(counts.selected) })}
        </Fact>
        <Fact name={t('datasets.tokens')}>{number(counts.tokens.total)}</Fact>
        <Fact name={t('datasets.longest')}>{number(counts.tokens.longest)}</Fact>
        <Fact name={t('datasets.clusters')}>{number(counts.clusters)}</Fact>
        {counts.moved > 0 && <Fact name={t('datasets.moved')}>{number(counts.moved)}</Fact>}
        {erased > 0 && <Fact name={t('datasets.erased')}>{number(erased)}</Fact>}
      </Facts>
      <div className="grid gap-x-10 gap-y-5 wide:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <table className="w-full border-collapse self-start">
          <caption className="mb-1 text-start font-strong">{t('datasets.splits')}</caption>
          <thead className="border-b border-hairline text-small text-soft">
            <tr>
              <th scope="col" className="py-1 text-start font-strong">
                {t('datasets.split')}
              </th>
              <th scope="col" className="py-1 ps-4 text-end font-strong">
                {t('datasets.conversations')}
              </th>
              <th scope="col" className="hidden py-1 ps-4 text-end font-strong desk:table-cell">
                {t('datasets.share')}
              </th>
              <th scope="col" className="hidden py-1 ps-4 text-end font-strong desk:table-cell">
                {t('datasets.turns')}
              </th>
              <th scope="col" className="py-1 ps-4 text-end font-strong">
                {t('datasets.tokens')}
              </th>
            </tr>
          </thead>
          <tbody>
            {splitNames.map((name) => {
              const split = counts.splits[name]
              return (
                <tr key={name} className="border-b border-hairline">
                  <th scope="row" className="py-1.5 text-start font-normal">
                    {t(`datasets.split_${name}`)}
                  </th>
                  <td className={numberCell}>{number(split.conversations)}</td>
                  <td className={`${numberCell} hidden text-soft desk:table-cell`}>{percent(split.share)}</td>
                  <td className={`${numberCell} hidden desk:table-cell`}>{number(split.turns)}</td>
                  <td className={numberCell}>{number(split.tokens)}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
        <div>
          <h2 className="mb-1 font-strong">{t('datasets.leftOut')}</h2>
          {dropped.length === 0 ? (
            <p className="text-soft">{t('datasets.nothingLeftOut')}</p>
          ) : (
            <dl className="border-t border-hairline">
              {dropped.map((reason) => (
                <div key={reason} className="flex justify-between gap-4 border-b border-hairline py-1.5">
                  <dt>{t(`datasets.drop_${reason}`)}</dt>
                  <dd className="tabular-nums">{number(counts.dropped[reason] ?? 0)}</dd>
                </div>
              ))}
            </dl>
          )}
        </div>
      </div>
      <div className="text-small text-soft">
        <p>{t('datasets.tokensHint')}</p>
        {tooShort.map(({ model, context_tokens: context, conversations_too_long: count, is_estimate: isEstimate }) => (
          <p key={model} className="tabular-nums">
            {t(isEstimate ? 'datasets.tooLongAbout' : 'datasets.tooLong', {
              count,
              total: number(count),
              model,
              context: number(context),
            })}
          </p>
        ))}
      </div>
    </section>
  )
}
