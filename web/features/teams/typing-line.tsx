/** Who is writing at the moment; the line is there when nobody is, so that nothing jumps. */
import { useTranslation } from 'react-i18next'
import { useMe } from '../account/read-me.ts'
import { useTyping } from './use-typing.ts'

export const TypingLine = ({ conversationId }: { readonly conversationId: string }) => {
  const { t } = useTranslation()
  const me = useMe()
  const writers = useTyping(conversationId).filter(({ id }) => id !== me.id)
  const [first, second] = writers.map(({ name }) => name ?? t('teams.aModel'))
  const text =
    first === undefined
      ? ''
      : writers.length > 2
        ? t('teams.typingMany')
        : second === undefined
          ? t('teams.typingOne', { name: first })
          : t('teams.typingTwo', { first, second })
  return (
    <p
      className="mx-auto h-6 w-full max-w-[calc(72ch+2rem)] shrink-0 truncate px-5 text-small text-soft"
      aria-live="off"
    >
      {text}
    </p>
  )
}
