/** Name, password, and the way out. */
import { useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { errorText } from '../../lib/i18n/error-text.ts'
import { asRequestError } from '../../lib/request-error.ts'
import { Button } from '../../ui/button.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { showToast } from '../../ui/toast.tsx'
import { useLogOut } from '../account/log-out.ts'
import { useMe } from '../account/read-me.ts'
import { useUpdateMe } from '../account/update-me.ts'
import { useUpdatePassword } from '../account/update-password.ts'

export const AccountSection = () => {
  const { t } = useTranslation()
  const me = useMe()
  const logOut = useLogOut()
  const [changing, setChanging] = useState(false)
  return (
    <div className="flex flex-col gap-6">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="min-w-0 truncate">{me.email ?? <span className="text-soft">{t('settings.emailNone')}</span>}</p>
        <Button
          disabled={logOut.isPending}
          onClick={() =>
            logOut.mutate(undefined, {
              onError: (error) =>
                showToast({ text: `${t('account.signOutFailed')} ${errorText(t, error)}`, tone: 'danger' }),
            })
          }
        >
          {t('account.signOut')}
        </Button>
      </div>
      <NameForm />
      {!me.hasPassword && <p className="text-soft">{t('settings.passwordElsewhere')}</p>}
      {me.hasPassword &&
        (changing ? (
          <PasswordForm onDone={() => setChanging(false)} />
        ) : (
          <div>
            <Button onClick={() => setChanging(true)}>{t('settings.changePassword')}</Button>
          </div>
        ))}
    </div>
  )
}

const NameForm = () => {
  const { t } = useTranslation()
  const me = useMe()
  const update = useUpdateMe()
  const [name, setName] = useState(me.name)
  const [missing, setMissing] = useState(false)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setMissing(name.trim() === '')
    if (name.trim() === '') return
    update.mutate({ name: name.trim() }, { onSuccess: () => showToast({ text: t('common.saved') }) })
  }
  const error = missing ? t('settings.nameMissing') : update.error ? errorText(t, update.error) : null
  return (
    <form noValidate onSubmit={submit} className="flex items-end gap-2">
      <TextField
        className="min-w-0 flex-1"
        label={t('settings.name')}
        autoComplete="name"
        maxLength={100}
        value={name}
        error={error}
        onChange={(event) => setName(event.target.value)}
      />
      <Button type="submit" disabled={update.isPending || name.trim() === me.name} className={error ? 'mb-6' : ''}>
        {t(update.isPending ? 'common.saving' : 'common.save')}
      </Button>
    </form>
  )
}

const PasswordForm = ({ onDone }: { readonly onDone: () => void }) => {
  const { t } = useTranslation()
  const me = useMe()
  const update = useUpdatePassword()
  const [currentPassword, setCurrent] = useState('')
  const [newPassword, setNew] = useState('')
  const [tried, setTried] = useState(false)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (currentPassword === '' || newPassword.length < 8) return
    update.mutate(
      { currentPassword, newPassword },
      {
        onSuccess: () => {
          showToast({ text: t('settings.passwordChanged') })
          onDone()
        },
      },
    )
  }
  const failed = update.error ? asRequestError(update.error) : null
  const isWrong = failed !== null && (failed.status === 401 || (failed.status === 400 && failed.fields.length === 0))
  const problemOfCurrent = () => {
    if (tried && currentPassword === '') return t('account.passwordMissing')
    if (isWrong) return t('settings.passwordWrong')
    if (failed?.status === 429) return t('account.tooMany')
    return failed && failed.fields.length === 0 ? errorText(t, failed) : null
  }
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-4">
      <input type="text" name="username" autoComplete="username" value={me.email ?? ''} readOnly hidden />
      <TextField
        label={t('settings.currentPassword')}
        type="password"
        autoComplete="current-password"
        autoFocus
        value={currentPassword}
        error={problemOfCurrent()}
        onChange={(event) => setCurrent(event.target.value)}
      />
      <TextField
        label={t('settings.newPassword')}
        type="password"
        autoComplete="new-password"
        hint={t('account.passwordHint')}
        value={newPassword}
        error={tried && newPassword.length < 8 ? t('account.passwordShort') : failed?.fields[0]?.message}
        onChange={(event) => setNew(event.target.value)}
      />
      <div className="flex gap-2">
        <Button look="primary" type="submit" disabled={update.isPending}>
          {t(update.isPending ? 'common.saving' : 'settings.changePassword')}
        </Button>
        <Button look="quiet" onClick={onDone}>
          {t('common.cancel')}
        </Button>
      </div>
    </form>
  )
}
