/** What somebody said to being asked: an icon and the word. */
import { CircleCheck, CircleDashed, CircleSlash, type LucideIcon } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { ConsentAnswer } from '#contract/training/index.ts'
import { cx } from '../../lib/class-names.ts'

const icons: Readonly<Record<ConsentAnswer, LucideIcon>> = {
  waiting: CircleDashed,
  granted: CircleCheck,
  declined: CircleSlash,
}

export const AnswerMark = ({ answer }: { readonly answer: ConsentAnswer }) => {
  const { t } = useTranslation()
  const Icon = icons[answer]
  return (
    <span
      className={cx(
        'inline-flex items-center gap-1.5 text-small whitespace-nowrap',
        answer === 'granted' ? 'text-accent' : 'text-soft',
      )}
    >
      <Icon size={16} strokeWidth={1.75} className="shrink-0" aria-hidden />
      {t(`sources.answer_${answer}`)}
    </span>
  )
}
