/** One turn of a real conversation, with what is redacted in it as buttons in the text. */
import { useTranslation } from 'react-i18next'
import type { SourceTurn } from '#contract/training/index.ts'
import { cx } from '../../lib/class-names.ts'
import { tip } from '../../ui/tooltip.tsx'
import { type Mark, piecesOf } from './marks.ts'

export const MarkedTurn = ({
  turn,
  marks,
  onToggle,
}: {
  readonly turn: SourceTurn
  readonly marks: readonly Mark[]
  readonly onToggle: (mark: Mark) => void
}) => {
  const { t } = useTranslation()
  const label = t('training.turnLabel', { number: turn.turn_number, role: t(`training.role_${turn.role}`) })
  return (
    <li className={cx('flex flex-col gap-1 border-s-2 ps-4', turn.train ? 'border-accent' : 'border-hairline')}>
      <p className="flex flex-wrap gap-x-3 text-small text-soft">
        <span className="font-strong text-ink">{label}</span>
        {turn.name}
        {turn.train && <span>{t('sources.learned')}</span>}
      </p>
      <p data-turn className="max-w-[72ch] whitespace-pre-wrap break-words">
        {piecesOf(turn, marks).map((piece, index) =>
          typeof piece === 'string' ? (
            <span key={index}>{piece}</span>
          ) : (
            <MarkButton key={index} mark={piece.mark} text={piece.text} onToggle={() => onToggle(piece.mark)} />
          ),
        )}
      </p>
    </li>
  )
}

const MarkButton = ({
  mark,
  text,
  onToggle,
}: {
  readonly mark: Mark
  readonly text: string
  readonly onToggle: () => void
}) => {
  const { t } = useTranslation()
  const kind = t(`sources.kindOf_${mark.kind}`)
  return (
    <button
      type="button"
      aria-pressed={mark.isRedacted}
      className={cx(
        'max-w-full rounded px-0.5 text-start break-words whitespace-pre-wrap select-text hover:bg-hover',
        mark.isRedacted ? 'bg-wash' : 'underline decoration-accent decoration-dashed underline-offset-4',
      )}
      onClick={onToggle}
      {...tip(kind)}
    >
      <span className="sr-only">{t('sources.redact', { kind })} </span>
      {mark.isRedacted ? <del className="text-soft">{text}</del> : text}
      {mark.isRedacted && (
        <span data-replacement className="ms-1 font-mono text-small text-accent select-none">
          {mark.replacement ?? `[${kind}]`}
        </span>
      )}
    </button>
  )
}
