/** What can be said about an address and a password before they are sent: pure. The server has the last word. */
import type { Credentials } from './log-in.ts'

export type CredentialProblem = 'emailMissing' | 'emailWrong' | 'passwordMissing' | 'passwordShort'

/** At most one problem for each field. Signing in asks only that something was entered: rules for new passwords may have been others once. */
export const checkCredentials = (
  { email, password }: Credentials,
  purpose: 'login' | 'register',
): { readonly email?: CredentialProblem; readonly password?: CredentialProblem } => ({
  ...(email.trim() === ''
    ? { email: 'emailMissing' as const }
    : /^\S+@\S+$/.test(email.trim())
      ? {}
      : { email: 'emailWrong' as const }),
  ...(password === ''
    ? { password: 'passwordMissing' as const }
    : purpose === 'register' && password.length < 8
      ? { password: 'passwordShort' as const }
      : {}),
})
