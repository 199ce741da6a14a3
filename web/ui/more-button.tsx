/** The next page of a list that has one. */
import { useTranslation } from 'react-i18next'
import { errorText } from '../lib/i18n/error-text.ts'
import { Button } from './button.tsx'
import { FormError } from './states.tsx'

export const MoreButton = ({
  query,
}: {
  readonly query: {
    readonly hasNextPage: boolean
    readonly isFetchingNextPage: boolean
    readonly isFetchNextPageError: boolean
    readonly error: unknown
    readonly fetchNextPage: () => unknown
  }
}) => {
  const { t } = useTranslation()
  if (!query.hasNextPage) return null
  return (
    <div className="flex flex-col items-start gap-2">
      {query.isFetchNextPageError && <FormError>{errorText(t, query.error)}</FormError>}
      <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
        {t('common.more')}
      </Button>
    </div>
  )
}
