/** A conversation by its title, which opens its details; without one where it was erased. */
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'

export const ConversationLink = ({ id, title }: { readonly id: string; readonly title: string | null }) => {
  const { t } = useTranslation()
  if (title === null) return <span className="text-soft">{t('datasets.erasedOne')}</span>
  return (
    <Link to="/conversations" search={{ open: id }} className="rounded wrap-anywhere hover:underline">
      {title}
    </Link>
  )
}
