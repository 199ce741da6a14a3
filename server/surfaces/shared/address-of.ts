/** Where a request comes from, as limits count it. It knows no limit. */
import type { FastifyRequest } from 'fastify'

/** An IP address; `''` once the connection is gone, of which Fastify's type says nothing. */
export const addressOf = ({ ip }: FastifyRequest): string => ip ?? ''
