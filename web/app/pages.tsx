/** The pages that belong to no area: not known yet who this is, nothing here, and something broke. */
import { Link } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { errorText } from '../lib/i18n/error-text.ts'
import { onReachable } from '../lib/reachability.ts'
import { asRequestError } from '../lib/request-error.ts'
import { useTitle } from '../lib/use-title.ts'
import { Button, buttonLook } from '../ui/button.tsx'
import { Loading, Skeleton } from '../ui/states.tsx'

/** The frame before it is known who is asking. */
export const StartingPage = () => (
  <Loading>
    <div className="flex h-dvh overflow-hidden">
      <div className="hidden w-[4.75rem] shrink-0 border-e border-hairline bg-sunk px-2 py-3 desk:block">
        <Skeleton className="mx-auto size-7" />
      </div>
      <div className="flex flex-1 flex-col gap-6 border-e border-hairline bg-sunk p-4 desk:w-64 desk:flex-none wide:w-72">
        <Skeleton className="h-5 w-1/2" />
        <Skeleton className="h-4 w-[70%]" />
        <Skeleton className="h-4 w-[45%]" />
        <Skeleton className="h-4 w-[82%]" />
      </div>
    </div>
  </Loading>
)

export const NotFoundPage = () => {
  const { t } = useTranslation()
  useTitle(t('app.notFoundTitle'))
  return (
    <main id="content" className="mx-auto flex min-h-dvh max-w-[36rem] flex-col items-start gap-3 px-6 pt-[20vh]">
      <h1 className="text-title font-strong">{t('app.notFoundTitle')}</h1>
      <p className="text-soft">{t('app.notFound')}</p>
      <Link to="/" className={`${buttonLook('primary')} mt-3`}>
        {t('app.home')}
      </Link>
    </main>
  )
}

export const BrokenPage = ({ error, reset }: { readonly error: unknown; readonly reset: () => void }) => {
  const { t } = useTranslation()
  const failed = asRequestError(error)
  const isRequest = failed.code !== 'page'
  const isAway = failed.code === 'network'
  useEffect(() => (isAway ? onReachable(reset) : undefined), [isAway, reset])
  return (
    <main id="content" className="mx-auto flex min-h-dvh max-w-[36rem] flex-col items-start gap-3 px-6 pt-[20vh]">
      <h1 className="text-title font-strong">{isRequest ? errorText(t, failed) : t('app.brokenTitle')}</h1>
      <p className="text-soft">{t(isAway ? 'app.away' : isRequest ? 'app.refused' : 'app.broken')}</p>
      <Button look="primary" className="mt-3" onClick={() => (isRequest ? reset() : location.reload())}>
        {isRequest ? t('common.retry') : t('app.reload')}
      </Button>
    </main>
  )
}
