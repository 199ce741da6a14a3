/** The header Idempotency-Key of draft-ietf-httpapi-idempotency-key-header: a POST that may safely be sent again. */
import { hash } from 'node:crypto'
import type { Endpoint } from '#contract/endpoint.ts'
import type { Actor } from '#kernel/actor.ts'
import type { CarryOutOnce, Written } from '../../features/request-keys/index.ts'
import type { Call } from '../shared/serve.ts'

interface Keyed<Answer> {
  /** The conversation in which a message is posted; null when the request makes one. */
  readonly conversationId: string | null
  /** Writes, once, in the name of the actor that it is given. */
  readonly work: (actor: Actor) => Promise<Written>
  readonly answer: (written: Written) => Answer
}

/**
 * Answers a call of an endpoint. With the header, the same request again gets the same `data` and the header
 * `Idempotency-Replayed: true`; timestamp and request id of the envelope are its own. Without it nothing is recorded.
 */
export const makeOnce =
  (carryOutOnce: CarryOutOnce) =>
  async <E extends Endpoint<any, any, any, any>, Answer>(
    endpoint: E,
    { actor, params, body, request, reply }: Call<E>,
    { conversationId, work, answer }: Keyed<Answer>,
  ): Promise<Answer> => {
    const key = request.headers['idempotency-key']
    // The contract refuses a key that was sent twice.
    if (typeof key !== 'string') return answer(await work(actor))
    const fingerprint = hash('sha256', canonical([endpoint.method, endpoint.path, params, body]), 'buffer')
    const claim = { key, fingerprint, conversationId, answer }
    const done = await carryOutOnce(actor, claim, async (claiming) => answer(await work(claiming)))
    if (done.isRepeated) reply.header('idempotency-replayed', 'true')
    return done.answer
  }

/** JSON in which the order of keys and the blanks of the sender make no difference. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
