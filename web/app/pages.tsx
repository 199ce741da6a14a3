/** The pages that belong to no area: nothing here, and something broke. */
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { errorText } from '../lib/i18n/error-text.ts'
import { asRequestError } from '../lib/request-error.ts'
import { useTitle } from '../lib/use-title.ts'
import { Button, buttonLook } from '../ui/button.tsx'

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
  return (
    <main id="content" className="mx-auto flex min-h-dvh max-w-[36rem] flex-col items-start gap-3 px-6 pt-[20vh]">
      <h1 className="text-title font-strong">{isRequest ? errorText(t, failed) : t('app.brokenTitle')}</h1>
      <p className="text-soft">{t('app.broken')}</p>
      <Button look="primary" className="mt-3" onClick={() => (isRequest ? reset() : location.reload())}>
        {isRequest ? t('common.retry') : t('app.reload')}
      </Button>
    </main>
  )
}
