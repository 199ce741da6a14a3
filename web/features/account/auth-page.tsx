/** Signing in and making an account: one page in two variants. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useRouter } from '@tanstack/react-router'
import { useEffect, useId, useRef, useState, type FormEvent } from 'react'
import { Trans, useTranslation } from 'react-i18next'
import { errorText } from '../../lib/i18n/error-text.ts'
import { asRequestError } from '../../lib/request-error.ts'
import { useTitle } from '../../lib/use-title.ts'
import { Button } from '../../ui/button.tsx'
import { FormError } from '../../ui/states.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { checkCredentials } from './check-credentials.ts'
import { useLogIn } from './log-in.ts'
import { readSetup } from './read-setup.ts'
import { useRegister } from './register.ts'

export interface AuthSearch {
  /** A path of this page; already checked. */
  readonly redirect?: string
  /** The session ended while the page was open. */
  readonly ended?: true
}

export const LoginPage = (search: AuthSearch) => <AuthPage purpose="login" {...search} />
export const RegisterPage = (search: AuthSearch) => <AuthPage purpose="register" {...search} />

const AuthPage = ({ purpose, redirect, ended }: AuthSearch & { readonly purpose: 'login' | 'register' }) => {
  const { t } = useTranslation()
  const setup = useQuery(readSetup()).data
  const isFirst = setup?.hasAccounts === false
  const registering = purpose === 'register'
  const title = registering
    ? isFirst
      ? t('account.welcomeTitle')
      : t('account.signUpTitle')
    : t('account.signInTitle')
  useTitle(title)
  const closed = registering && !isFirst && setup && setup.signup !== 'open' ? setup.signup : null
  return (
    <main id="content" className="flex min-h-dvh flex-col items-center bg-paper px-6 pt-[14vh] pb-12">
      <div className="w-full max-w-sm">
        <p className="mb-10 flex items-center gap-2 font-strong text-soft">
          <img src="/favicon.svg" alt="" width={24} height={24} /> {t('app.name')}
        </p>
        <h1 className="text-title font-strong text-balance">{title}</h1>
        {registering && isFirst && (
          <p className="mt-2 text-soft">
            {t('account.welcome')} {t('account.firstAccount')}
          </p>
        )}
        {ended && !registering && <p className="mt-2 text-soft">{t('account.sessionEnded')}</p>}
        {closed ? (
          <p className="mt-4">{closed === 'closed' ? t('account.signupClosed') : t('account.signupInvite')}</p>
        ) : (
          <CredentialsForm purpose={purpose} redirect={redirect} />
        )}
        {!isFirst && (
          <p className="mt-6 text-soft">
            {registering ? (
              <Trans i18nKey="account.toSignIn">
                You have an account?
                <Link
                  to="/auth/login"
                  search={{ redirect }}
                  className="font-strong text-accent underline underline-offset-4"
                >
                  Sign in
                </Link>
              </Trans>
            ) : (
              (setup === undefined || setup.signup === 'open') && (
                <Trans i18nKey="account.toSignUp">
                  New here?
                  <Link
                    to="/auth/register"
                    search={{ redirect }}
                    className="font-strong text-accent underline underline-offset-4"
                  >
                    Make an account
                  </Link>
                </Trans>
              )
            )}
          </p>
        )}
        <p className="mt-6 text-soft">
          <Link to="/convert" className="text-accent underline underline-offset-4">
            {t('convert.signInNote')}
          </Link>
        </p>
      </div>
    </main>
  )
}

const CredentialsForm = ({
  purpose,
  redirect,
}: {
  readonly purpose: 'login' | 'register'
  readonly redirect?: string
}) => {
  const { t } = useTranslation()
  const router = useRouter()
  const queries = useQueryClient()
  const logIn = useLogIn()
  const register = useRegister()
  const sending = purpose === 'login' ? logIn : register
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [tried, setTried] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  const errorId = useId()

  useEffect(() => {
    form.current?.querySelector('input')?.focus()
  }, [purpose])

  const problems = tried ? checkCredentials({ email, password }, purpose) : {}
  const failed = sending.error ? asRequestError(sending.error) : null
  const fromServer = (field: string) => failed?.fields.find((wrong) => wrong.field.endsWith(field))?.message

  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    const wrong = checkCredentials({ email, password }, purpose)
    const first = wrong.email ? 'email' : wrong.password ? 'password' : null
    if (first) {
      form.current?.querySelector<HTMLInputElement>(`[name=${first}]`)?.focus()
      return
    }
    sending.mutate(
      { email: email.trim(), password },
      {
        onSuccess: () => {
          queries.clear()
          router.history.push(redirect ?? '/')
        },
      },
    )
  }

  const formError = () => {
    if (!failed) return null
    if (failed.status === 401) return t('account.wrongCredentials')
    if (failed.status === 409) return t('account.exists')
    if (failed.status === 429) return t('account.tooMany')
    if (failed.fields.length > 0) return null
    return errorText(t, failed)
  }
  const wrong = formError()

  return (
    <form
      ref={form}
      noValidate
      onSubmit={submit}
      className="mt-6 flex flex-col gap-4"
      aria-describedby={wrong ? errorId : undefined}
    >
      {wrong && (
        <div id={errorId}>
          <FormError>{wrong}</FormError>
        </div>
      )}
      <TextField
        label={t('account.email')}
        name="email"
        type="email"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        value={email}
        error={problems.email ? t(`account.${problems.email}`) : fromServer('email')}
        onChange={(event) => setEmail(event.target.value)}
      />
      <TextField
        label={t('account.password')}
        name="password"
        type="password"
        autoComplete={purpose === 'login' ? 'current-password' : 'new-password'}
        required
        value={password}
        hint={purpose === 'register' ? t('account.passwordHint') : undefined}
        error={problems.password ? t(`account.${problems.password}`) : fromServer('assword')}
        onChange={(event) => setPassword(event.target.value)}
      />
      <Button look="primary" type="submit" disabled={sending.isPending} className="mt-2">
        {purpose === 'login'
          ? t(sending.isPending ? 'account.signingIn' : 'account.signIn')
          : t(sending.isPending ? 'account.signingUp' : 'account.signUp')}
      </Button>
    </form>
  )
}
