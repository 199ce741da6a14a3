/** Answers while a body that is too large is still on its way, so that the client reads why. It knows no envelope. */
import type { FastifyReply, FastifyRequest } from 'fastify'

/** How much more of the body is taken and thrown away, in bytes. */
const MOST_BYTES = 16 * 1024 * 1024
/** How long it is taken, in milliseconds. */
const MOST_MS = 2_000

/**
 * Sends a complete answer at once and ends the connection a little later: when the body has ended, or after `MOST_BYTES`
 * or `MOST_MS`. Ending it at once would reset it under the client's hands, which then loses the answer (fetch with 51 MB:
 * one time in four). Headers that the reply has already are sent too.
 */
export const refuseBody = (
  request: FastifyRequest,
  reply: FastifyReply,
  answer: { readonly status: number; readonly contentType: string; readonly text: string },
): void => {
  reply.hijack()
  const { raw: response } = reply
  response.writeHead(answer.status, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': answer.contentType,
    'content-length': Buffer.byteLength(answer.text),
    // What is left of the body can't be told from another request.
    connection: 'close',
  })
  response.write(answer.text)

  const { raw: body } = request
  let left = MOST_BYTES
  const finish = () => {
    clearTimeout(limit)
    body.off('data', discard)
    response.end()
  }
  const discard = (chunk: Buffer) => {
    if ((left -= chunk.length) < 0) finish()
  }
  const limit = setTimeout(finish, MOST_MS).unref()
  body.once('end', finish).once('close', finish).once('error', finish)
  body.on('data', discard)
  // Everything had come before anything was found wrong with it.
  if (body.complete) finish()
}
