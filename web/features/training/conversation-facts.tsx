/** What is known of a conversation beside its turns: where it comes from, its scores, and what was done with it. */
import { useTranslation } from 'react-i18next'
import type { ReplyOf } from '#contract/endpoint.ts'
import type { readTrainingConversation, TrainingConversation } from '#contract/training/index.ts'
import { exactTime } from '../../lib/relative-time.ts'
import { dollars, whole } from '../generate/figures.ts'

export const Facts = ({ conversation }: { readonly conversation: TrainingConversation }) => {
  const { t, i18n } = useTranslation()
  const { language } = i18n
  const time = (iso: string | null) => (iso === null ? null : exactTime(iso, language))
  const number = (value: number | null) => (value === null ? null : whole(value, language))
  const facts: readonly (readonly [label: string, value: string | null])[] = [
    [t('training.id'), conversation.conversation_id],
    [t('training.origin'), t(`training.origin_${conversation.origin}`)],
    [t('training.persona'), conversation.persona?.name ?? null],
    [t('training.arc'), conversation.emotional_arc?.name ?? null],
    [t('training.topic'), conversation.training_topic?.name ?? null],
    [t('training.tier'), t(`training.tier_${conversation.tier}`)],
    [
      t('training.template'),
      conversation.template && `${conversation.template.name} (${conversation.template.version})`,
    ],
    [t('training.model'), conversation.model],
    [t('training.turns'), number(conversation.turn_count)],
    [t('training.tokens'), number(conversation.token_count)],
    [t('training.cost'), conversation.cost === null ? null : dollars(conversation.cost, language)],
    [t('training.created'), time(conversation.created_at)],
    [t('training.downloads'), number(conversation.download_count)],
    [t('training.lastDownload'), time(conversation.last_downloaded_at)],
    [t('training.exportsCount'), number(conversation.export_count)],
    [t('training.parse'), conversation.parse_method_used && t(`training.parse_${conversation.parse_method_used}`)],
  ]
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1 desk:grid-cols-[auto_1fr_auto_1fr]">
      {facts.map(
        ([label, value]) =>
          value !== null && (
            <div key={label} className="contents">
              <dt className="text-small text-soft">{label}</dt>
              <dd className="min-w-0 text-small break-words tabular-nums">{value}</dd>
            </div>
          ),
      )}
    </dl>
  )
}

export const QualityScores = ({ conversation }: { readonly conversation: TrainingConversation }) => {
  const { t, i18n } = useTranslation()
  const scores = [
    ['quality', conversation.quality_score],
    ['empathy', conversation.empathy_score],
    ['clarity', conversation.clarity_score],
    ['appropriateness', conversation.appropriateness_score],
    ['brand_voice', conversation.brand_voice_alignment],
  ] as const
  const format = new Intl.NumberFormat(i18n.language, { minimumFractionDigits: 1, maximumFractionDigits: 1 })
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-2 desk:grid-cols-5">
      {scores.map(([name, score]) => (
        <div key={name}>
          <dt className="text-small text-soft">{t(`training.criterion_${name}`)}</dt>
          <dd className="font-strong tabular-nums">{score === null ? '–' : format.format(score)}</dd>
        </div>
      ))}
    </dl>
  )
}

type Entries = ReplyOf<typeof readTrainingConversation>['history']

export const History = ({ entries }: { readonly entries: Entries }) => {
  const { t, i18n } = useTranslation()
  if (entries.length === 0) return null
  return (
    <section className="flex flex-col gap-3">
      <h2 className="font-strong">{t('training.history')}</h2>
      <ul className="flex flex-col gap-1 text-small">
        {entries.map((entry, index) => {
          const notes = entry.details?.['notes'] ?? entry.details?.['reason']
          return (
            <li key={`${entry.at}-${index}`} className="flex flex-wrap gap-x-3">
              <time dateTime={entry.at} className="text-soft tabular-nums">
                {exactTime(entry.at, i18n.language)}
              </time>
              <span>
                {t(`training.action_${entry.action}`, { defaultValue: entry.action })}
                {typeof notes === 'string' && notes !== '' && ` – ${notes}`}
              </span>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
