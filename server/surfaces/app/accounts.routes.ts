/** The web app's endpoints for the person, their sessions and their access tokens. No rule of the domain is here. */
import * as contract from '#contract/app/index.ts'
import type { AccessToken, Accounts, Person, Session } from '#server/features/accounts/index.ts'
import type { Serve } from '../shared/serve.ts'
import type { SessionCookie } from '../shared/session-cookie.ts'

export interface AccountRoutesNeeds {
  readonly accounts: Accounts
  readonly cookie: SessionCookie
}

export const registerAccountRoutes = (serve: Serve, { accounts, cookie }: AccountRoutesNeeds): void => {
  serve(contract.readSetup, () => accounts.getSetup())
  serve(contract.readMe, async ({ actor }) => presentPerson(await accounts.getMe(actor)))
  serve(contract.updateMe, async ({ actor, body }) => presentPerson(await accounts.changeMe(actor, body)))

  serve(contract.listSessions, async ({ actor }) => ({
    data: (await accounts.listSessions(actor)).map(presentSession),
  }))
  serve(contract.revokeSession, async ({ actor, params, reply }) => {
    const { wasCurrent } = await accounts.revokeSession(actor, params.id)
    if (wasCurrent) cookie.clear(reply)
  })
  serve(contract.revokeOtherSessions, async ({ actor }) => accounts.revokeOtherSessions(actor))

  serve(contract.listAccessTokens, async ({ actor }) => ({
    data: (await accounts.listAccessTokens(actor)).map(presentAccessToken),
  }))
  serve(contract.createAccessToken, async ({ actor, body }) => {
    const { token, text } = await accounts.createAccessToken(actor, body)
    return { ...presentAccessToken(token), token: text }
  })
  serve(contract.revokeAccessToken, async ({ actor, params }) => accounts.revokeAccessToken(actor, params.id))
}

const presentPerson = ({ id, email, name, hasPassword, hasApiKey, defaultModel }: Person) => ({
  id,
  email,
  name,
  hasPassword,
  hasApiKey,
  defaultModel,
})

const presentSession = ({ id, createdAt, lastSeenAt, userAgent, isCurrent }: Session) => ({
  id,
  createdAt: createdAt.toISOString(),
  lastSeenAt: lastSeenAt.toISOString(),
  userAgent,
  current: isCurrent,
})

const presentAccessToken = ({ id, name, createdAt, expiresAt, lastUsedAt }: AccessToken) => ({
  id,
  name,
  createdAt: createdAt.toISOString(),
  expiresAt: expiresAt?.toISOString() ?? null,
  lastUsedAt: lastUsedAt?.toISOString() ?? null,
})
