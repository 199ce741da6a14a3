/** Seed 4's endpoints for signing in and for the OpenRouter key. No rule of the domain is here. */
import type { FastifyRequest } from 'fastify'
import * as contract from '#contract/conversations/index.ts'
import type { Actor } from '#kernel/actor.ts'
import { AppError } from '#kernel/errors.ts'
import type { Accounts, SignInRequest } from '#server/features/accounts/index.ts'
import { addressOf } from '../shared/address-of.ts'
import type { RefuseCrossSite } from '../shared/cross-site.ts'
import type { Identify } from '../shared/identify.ts'
import type { Serve } from '../shared/serve.ts'
import type { SessionCookie } from '../shared/session-cookie.ts'

export interface AccountRoutesNeeds {
  readonly accounts: Accounts
  readonly identify: Identify
  readonly cookie: SessionCookie
  readonly refuseCrossSite: RefuseCrossSite
}

export const registerAccountRoutes = (
  serve: Serve,
  { accounts, identify, cookie, refuseCrossSite }: AccountRoutesNeeds,
): void => {
  /** The session of this browser, as far as the cookie itself can tell. */
  const sessionOf = (request: FastifyRequest): Actor | undefined => {
    const text = cookie.read(request)
    return text === undefined ? undefined : ignoring(() => accounts.authenticate.session(text))
  }
  const signInRequest = (body: { email: string; password: string }, request: FastifyRequest): SignInRequest => ({
    ...body,
    client: addressOf(request),
    userAgent: request.headers['user-agent'] ?? '',
    replaces: sessionOf(request),
  })

  serve(contract.register, async ({ body, request, reply }) => {
    refuseCrossSite(request)
    const { user, sessionText } = await accounts.signUp(signInRequest(body, request))
    cookie.set(reply, sessionText)
    return { user }
  })

  serve(contract.login, async ({ body, request, reply }) => {
    refuseCrossSite(request)
    const { user, sessionText } = await accounts.signIn(signInRequest(body, request))
    cookie.set(reply, sessionText)
    return { user }
  })

  serve(contract.logout, async ({ request, reply }) => {
    refuseCrossSite(request)
    const session = sessionOf(request)
    if (session) await accounts.signOut(session)
    cookie.clear(reply)
  })

  serve(contract.readSession, async ({ request, reply }) => {
    const actor = await identify(request).catch(nobody)
    const person = actor && (await accounts.findSignedIn(actor))
    const text = cookie.read(request)
    const isByCookie = request.headers.authorization === undefined && text !== undefined
    // A living cookie is kept for as long again; a dead one is of no use to the browser.
    if (isByCookie && person) cookie.set(reply, text)
    else if (isByCookie) cookie.clear(reply)
    return { user: person ? { id: person.id, email: person.email } : null }
  })

  serve(contract.updatePassword, async ({ actor, body, request }) => {
    await accounts.changePassword(actor, { ...body, client: addressOf(request) })
    return { success: true as const, message: 'Password updated successfully.' }
  })

  serve(contract.saveApiKey, async ({ actor, body }) => {
    await accounts.saveProviderKey(actor, body.apiKey)
    return { success: true as const, message: 'API key saved successfully.' }
  })

  serve(contract.readApiKey, async ({ actor }) => ({ exists: await accounts.hasProviderKey(actor) }))

  serve(contract.deleteApiKey, async ({ actor }) => accounts.deleteProviderKey(actor))
}

const isAboutIdentity = (error: unknown): boolean => error instanceof AppError && error.kind === 'unauthenticated'

/** An actor that can't be identified is nobody; any other failure stays one. */
const nobody = (error: unknown): undefined => {
  if (!isAboutIdentity(error)) throw error
}

const ignoring = (read: () => Actor): Actor | undefined => {
  try {
    return read()
  } catch (error) {
    return nobody(error)
  }
}
