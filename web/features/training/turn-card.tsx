/** One turn: read, written better, left out of what is learned, and scored. */
import { Pencil } from 'lucide-react'
import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { TrainingTurn } from '#contract/training/index.ts'
import { cx } from '../../lib/class-names.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { FormError } from '../../ui/states.tsx'
import { TextArea } from '../../ui/text-area.tsx'
import { useChangeTurn } from './change-turn.ts'

const criteria = ['empathy', 'clarity', 'appropriateness', 'brand_voice'] as const

export const TurnCard = ({
  conversationId,
  revision,
  turn,
}: {
  readonly conversationId: string
  readonly revision: number
  readonly turn: TrainingTurn
}) => {
  const { t } = useTranslation()
  const change = useChangeTurn(conversationId)
  const [isEditing, setEditing] = useState(false)
  /** Whether it is to be learned from, until the server has said so too. */
  const [wanted, setWanted] = useState<boolean | null>(null)
  const isAnswer = turn.role === 'assistant'
  const emotion = turn.emotional_context
  const label = t('training.turnLabel', { number: turn.turn_number, role: t(`training.role_${turn.role}`) })
  return (
    <li className={cx('flex flex-col gap-2 border-s-2 ps-4', isAnswer ? 'border-accent' : 'border-hairline')}>
      <div className="flex flex-wrap items-center gap-x-3 text-small text-soft">
        <span className="font-strong text-ink">{label}</span>
        {emotion && (
          <span>
            {[emotion.primary_emotion, emotion.secondary_emotion].filter(Boolean).join(', ')} · {emotion.intensity}
          </span>
        )}
        <span className="flex-1" />
        {turn.content !== null && turn.role !== 'tool' && !isEditing && (
          <IconButton
            small
            label={t('training.editTurn', { number: turn.turn_number })}
            icon={Pencil}
            onClick={() => setEditing(true)}
          />
        )}
      </div>
      {isEditing ? (
        <EditForm
          label={label}
          content={turn.content ?? ''}
          isWorking={change.isPending}
          onCancel={() => setEditing(false)}
          onSave={(content) =>
            change.mutate({ turn: turn.turn_number, revision, content }, { onSuccess: () => setEditing(false) })
          }
        />
      ) : (
        <p className="max-w-[72ch] whitespace-pre-wrap break-words">{turn.content}</p>
      )}
      {turn.tool_calls.map((call) => (
        <pre key={call.id} className="overflow-x-auto rounded bg-sunk p-3 font-mono text-small">
          {call.name}({call.arguments})
        </pre>
      ))}
      {turn.rejected !== null && (
        <details className="text-small">
          <summary className="cursor-pointer text-soft">{t('training.former')}</summary>
          <p className="mt-2 max-w-[72ch] whitespace-pre-wrap break-words text-soft line-through decoration-1">
            {turn.rejected}
          </p>
        </details>
      )}
      {change.error && <FormError>{errorText(t, change.error)}</FormError>}
      {isAnswer && (
        <div className="flex flex-wrap items-end gap-x-4 gap-y-2">
          <label className="flex min-h-9 cursor-pointer items-center gap-2 text-small">
            <input
              type="checkbox"
              className="size-4 accent-accent"
              checked={wanted ?? turn.train}
              disabled={change.isPending}
              onChange={({ target: { checked: train } }) => {
                setWanted(train)
                change.mutate({ turn: turn.turn_number, revision, train }, { onSettled: () => setWanted(null) })
              }}
            />
            {t('training.trainOn')}
          </label>
          {criteria.map((criterion) => (
            <ScoreField
              key={criterion}
              label={t(`training.criterion_${criterion}`)}
              value={turn.scores[criterion] ?? null}
              disabled={change.isPending}
              onChange={(score) => change.mutate({ turn: turn.turn_number, revision, scores: { [criterion]: score } })}
            />
          ))}
        </div>
      )}
    </li>
  )
}

const EditForm = ({
  label,
  content,
  isWorking,
  onCancel,
  onSave,
}: {
  readonly label: string
  readonly content: string
  readonly isWorking: boolean
  readonly onCancel: () => void
  readonly onSave: (content: string) => void
}) => {
  const { t } = useTranslation()
  const [draft, setDraft] = useState(content)
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault()
        if (draft.trim() !== '') onSave(draft)
      }}
    >
      <TextArea
        label={label}
        isLabelHidden
        rows={Math.min(16, Math.max(4, draft.split('\n').length + Math.ceil(draft.length / 80)))}
        maxLength={50_000}
        value={draft}
        // The form has been asked for a moment ago.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        onChange={(event) => setDraft(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          event.stopPropagation()
          onCancel()
        }}
      />
      <div className="flex gap-2">
        <Button type="submit" look="primary" disabled={isWorking || draft.trim() === '' || draft === content}>
          {t('training.saveTurn')}
        </Button>
        <Button onClick={onCancel}>{t('common.cancel')}</Button>
      </div>
    </form>
  )
}

/** 0 to 10; sent when it is left, and nothing typed takes it away. What is no such number stays, and is said to be none. */
const ScoreField = ({
  label,
  value,
  disabled,
  onChange,
}: {
  readonly label: string
  readonly value: number | null
  readonly disabled: boolean
  readonly onChange: (score: number | null) => void
}) => {
  const id = useId()
  const { t } = useTranslation()
  const [typed, setTyped] = useState<string | null>(null)
  const [isWrong, setWrong] = useState(false)
  const commit = () => {
    if (typed === null) return
    const score = typed.trim() === '' ? null : Number(typed.replace(',', '.'))
    const isScore = score === null || (score >= 0 && score <= 10)
    setWrong(!isScore)
    if (!isScore) return
    setTyped(null)
    if (score !== value) onChange(score)
  }
  return (
    <div className="flex items-center gap-2">
      <label htmlFor={id} className="text-small text-soft">
        {label}
      </label>
      <input
        id={id}
        inputMode="decimal"
        maxLength={6}
        aria-invalid={isWrong || undefined}
        aria-describedby={isWrong ? `${id}-note` : undefined}
        className={cx(
          'h-9 w-12 rounded border bg-paper text-center text-small tabular-nums',
          isWrong ? 'border-danger' : 'border-edge',
        )}
        value={typed ?? value?.toString() ?? ''}
        disabled={disabled}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === 'Enter') commit()
        }}
      />
      {isWrong && (
        <span id={`${id}-note`} role="alert" className="text-small text-danger">
          {t('training.scoreRange')}
        </span>
      )}
    </div>
  )
}
