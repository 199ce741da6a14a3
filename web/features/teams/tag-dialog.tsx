/** Chooses the work type of a message, or none. */
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { TeamMessage } from '#contract/messages/team.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorState, FormError, Loading, Skeleton } from '../../ui/states.tsx'
import { listWorkTypes } from './list-work-types.ts'
import { useTagMessage } from './tag-message.ts'
import { NewWorkType } from './work-types-section.tsx'
import { WorkTypeMark } from './work-type-mark.tsx'

export const TagDialog = ({ message, onClose }: { readonly message: TeamMessage; readonly onClose: () => void }) => {
  const { t } = useTranslation()
  const types = useQuery(listWorkTypes(message.conversationId))
  const tag = useTagMessage()
  const choose = (workTypeId: string | null) => tag.mutate({ id: message.id, workTypeId }, { onSuccess: onClose })
  return (
    <Dialog open onClose={onClose} title={t('teams.tag')}>
      {types.isPending && (
        <Loading>
          <Skeleton className="h-10 w-full" />
        </Loading>
      )}
      {types.error && (
        <ErrorState compact title={t('settings.loadFailed')} error={types.error} onRetry={() => void types.refetch()} />
      )}
      {types.data && (
        <fieldset className="flex flex-col gap-1" disabled={tag.isPending}>
          <legend className="sr-only">{t('teams.tag')}</legend>
          {[...types.data.data, null].map((type) => (
            <label
              key={type?.id ?? 'none'}
              className="flex min-h-10 cursor-pointer items-center gap-3 rounded px-2 hover:bg-hover has-focus-visible:outline-2 has-focus-visible:outline-accent"
            >
              <input
                type="radio"
                name="work-type"
                className="accent-accent"
                checked={(message.workTypeId ?? null) === (type?.id ?? null)}
                onChange={() => choose(type?.id ?? null)}
              />
              {type ? <WorkTypeMark workType={type} /> : <span className="text-soft">{t('teams.noWorkType')}</span>}
            </label>
          ))}
        </fieldset>
      )}
      {tag.error && <FormError>{errorText(t, tag.error)}</FormError>}
      <div className="mt-4 border-t border-hairline pt-4">
        <NewWorkType conversationId={message.conversationId} onMade={(type) => choose(type.id)} />
      </div>
    </Dialog>
  )
}
