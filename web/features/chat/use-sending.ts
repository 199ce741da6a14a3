/** Messages on their way from one composer: shown at once, tried again or taken back when they fail, kept until they have arrived. */
import { localId } from '../../lib/local-id.ts'
import { asRequestError } from '../../lib/request-error.ts'
import { useMe } from '../account/read-me.ts'
import { useModel } from '../models/use-model.ts'
import { dropUnsent, keepUnsent } from './drafts.ts'
import {
  changeOutbox,
  isSending,
  useOutbox,
  withFailure,
  withOutgoing,
  without,
  withRetry,
  type Outbox,
  type Outgoing,
} from './outbox.ts'

type Post = Pick<Outgoing, 'localId' | 'content' | 'model'>

/** How a page sends: the request, and what the page does with its answer. */
export interface Sending<Answer> {
  readonly deliver: (message: { readonly content: string; readonly model: string }) => Promise<Answer>
  /** `leave` takes the message out of the outbox, once it is shown elsewhere. */
  readonly arrived: (answer: Answer, leave: () => void) => void | Promise<void>
}

/** `conversation`: whose outbox and drafts, or `NEW`. */
export const useSending = <Answer>(conversation: string, { deliver, arrived }: Sending<Answer>) => {
  const me = useMe()
  const { model } = useModel()
  const outbox = useOutbox(conversation)
  const change = (changed: (box: Outbox) => Outbox) => changeOutbox(conversation, changed)

  const attempt = async ({ localId: id, content, model: to }: Post) => {
    try {
      const answer = await deliver({ content, model: to })
      dropUnsent(me.id, conversation, content)
      await arrived(answer, () => change((box) => without(box, id)))
    } catch (thrown) {
      change((box) => withFailure(box, id, asRequestError(thrown)))
    }
  }
  return {
    outbox,
    isSending: isSending(outbox),
    send: (content: string, to: string) => {
      const post = { localId: localId(), content, model: to }
      keepUnsent(me.id, conversation, content)
      change((box) => withOutgoing(box, post.localId, content, to))
      void attempt(post)
    },
    /** To the model that is chosen now. */
    resend: (post: Outgoing) => {
      const to = model?.id ?? post.model
      change((box) => withRetry(box, post.localId, to))
      void attempt({ ...post, model: to })
    },
    takeBack: (post: Outgoing) => {
      dropUnsent(me.id, conversation, post.content)
      change((box) => without(box, post.localId))
    },
  }
}
