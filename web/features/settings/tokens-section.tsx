/** Access tokens for scripts: made here, shown once, revoked here. */
import { useQuery } from '@tanstack/react-query'
import { useEffect, useId, useRef, useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { errorText } from '../../lib/i18n/error-text.ts'
import { exactTime, relativeTime } from '../../lib/relative-time.ts'
import { useNow } from '../../lib/use-now.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmButton } from '../../ui/confirm-button.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { ErrorState, Loading, Skeleton } from '../../ui/states.tsx'
import { fieldLook, TextField } from '../../ui/text-field.tsx'
import { showToast } from '../../ui/toast.tsx'
import { useCreateAccessToken } from '../account/create-access-token.ts'
import { listAccessTokens } from '../account/list-access-tokens.ts'
import { useRevokeAccessToken } from '../account/revoke-access-token.ts'

export const TokensSection = () => {
  const { t } = useTranslation()
  return (
    <>
      <p className="mb-4 text-soft">{t('settings.tokensIntro')}</p>
      <TokenForm />
      <TokenList />
    </>
  )
}

const LIFETIMES = [30, 90, 365, null] as const

const TokenForm = () => {
  const { t } = useTranslation()
  const create = useCreateAccessToken()
  const [name, setName] = useState('')
  const [days, setDays] = useState<number | null>(90)
  const [missing, setMissing] = useState(false)
  const expiryId = useId()
  if (create.data) return <NewToken token={create.data.token} onDone={create.reset} />
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setMissing(name.trim() === '')
    if (name.trim() === '') return
    create.mutate({ name: name.trim(), expiresInDays: days }, { onSuccess: () => setName('') })
  }
  const error = missing ? t('settings.tokenNameMissing') : create.error ? errorText(t, create.error) : null
  return (
    <form noValidate onSubmit={submit} className="flex flex-wrap items-end gap-2">
      <TextField
        className="min-w-48 flex-1"
        label={t('settings.tokenName')}
        maxLength={100}
        autoComplete="off"
        value={name}
        error={error}
        onChange={(event) => {
          setName(event.target.value)
          setMissing(false)
        }}
      />
      <div className={error ? 'mb-6' : ''}>
        <label htmlFor={expiryId} className="mb-1 block text-small font-strong">
          {t('settings.tokenExpiry')}
        </label>
        <select
          id={expiryId}
          className={fieldLook}
          value={days ?? ''}
          onChange={(event) => setDays(event.target.value === '' ? null : Number(event.target.value))}
        >
          {LIFETIMES.map((count) => (
            <option key={count} value={count ?? ''}>
              {count === null ? t('settings.expiryNever') : t('settings.expiryDays', { count })}
            </option>
          ))}
        </select>
      </div>
      <Button type="submit" disabled={create.isPending} className={error ? 'mb-6' : ''}>
        {t('settings.tokenMake')}
      </Button>
    </form>
  )
}

const NewToken = ({ token, onDone }: { readonly token: string; readonly onDone: () => void }) => {
  const { t } = useTranslation()
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => box.current?.focus(), [])
  return (
    <div
      ref={box}
      tabIndex={-1}
      role="group"
      aria-label={t('settings.tokenOnce')}
      className="rounded border border-accent p-4"
    >
      <p className="font-strong">{t('settings.tokenOnce')}</p>
      <div className="mt-2 flex items-center gap-2 rounded bg-sunk py-1 ps-3 pe-1">
        <code className="min-w-0 flex-1 font-mono text-small break-all">{token}</code>
        <CopyButton text={token} label={t('common.copy')} />
      </div>
      <Button className="mt-3" onClick={onDone}>
        {t('settings.tokenDone')}
      </Button>
    </div>
  )
}

const TokenList = () => {
  const { t, i18n } = useTranslation()
  const now = useNow()
  const tokens = useQuery(listAccessTokens())
  const revoke = useRevokeAccessToken()
  if (tokens.isPending) {
    return (
      <Loading>
        <Skeleton className="mt-4 h-14 w-full" />
      </Loading>
    )
  }
  if (!tokens.data) {
    return (
      <ErrorState compact title={t('settings.loadFailed')} error={tokens.error} onRetry={() => void tokens.refetch()} />
    )
  }
  if (tokens.data.length === 0) return <p className="mt-4 text-soft">{t('settings.tokensNone')}</p>
  const expiry = (expiresAt: string | null) => {
    if (expiresAt === null) return t('settings.tokenNeverExpires')
    const when = exactTime(expiresAt, i18n.language)
    return Date.parse(expiresAt) < now ? t('settings.tokenExpired', { when }) : t('settings.tokenExpires', { when })
  }
  return (
    <ul className="mt-4">
      {tokens.data.map((token) => (
        <li
          key={token.id}
          className="flex min-h-14 flex-wrap items-center justify-between gap-x-4 gap-y-1 border-b border-hairline py-2 last:border-0"
        >
          <div className="min-w-0">
            <p className="truncate">{token.name}</p>
            <p className="text-small text-soft">
              {expiry(token.expiresAt)}
              {' · '}
              {token.lastUsedAt === null
                ? t('settings.tokenUnused')
                : t('settings.tokenUsed', { when: relativeTime(token.lastUsedAt, now, i18n.language) })}
            </p>
          </div>
          <ConfirmButton
            label={t('settings.tokenRevoke')}
            question={t('settings.tokenRevokeConfirm')}
            onConfirm={() =>
              revoke.mutate(token.id, {
                onSuccess: () => showToast({ text: t('settings.tokenRevoked', { name: token.name }) }),
                onError: (error) => showToast({ text: errorText(t, error), tone: 'danger' }),
              })
            }
          />
        </li>
      ))}
    </ul>
  )
}
