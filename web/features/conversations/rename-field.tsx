/** Changes a conversation's title in its place. */
import { useTranslation } from 'react-i18next'
import { TitleField } from '../../ui/title-field.tsx'
import { showToast } from '../../ui/toast.tsx'
import { useRenameConversation } from './rename-conversation.ts'

export const RenameField = ({
  id,
  title,
  onDone,
  className,
}: {
  readonly id: string
  readonly title: string | null
  readonly onDone: () => void
  readonly className?: string
}) => {
  const { t } = useTranslation()
  const rename = useRenameConversation()
  return (
    <TitleField
      label={t('conversations.renameField')}
      title={title}
      onSave={(next) =>
        rename.mutate(
          { id, title: next, before: title },
          { onError: () => showToast({ text: t('conversations.renameFailed'), tone: 'danger' }) },
        )
      }
      onDone={onDone}
      {...(className ? { className } : {})}
    />
  )
}
