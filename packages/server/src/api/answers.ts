import { CODES, type ErrorCode, type Outcome } from '@tidings/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { operationErrorOf } from '../operations/errors.js'
import type { ApiInstance } from './app.js'

/** The envelope of what went well. */
export const answered = <T>(
  request: FastifyRequest,
  data: T,
): { data: T; error: null; request_id: string } => ({
  data,
  error: null,
  request_id: request.id,
})

/** Largest request body: an encoded command with room for what HTTP adds. */
export const BODY_MAX_BYTES = 128 * 1024
const BODY_TOO_LARGE = `A request body has at most ${BODY_MAX_BYTES} bytes.`

interface Failure {
  readonly code: ErrorCode
  readonly message: string
  readonly retryAfterMs?: number | undefined
  readonly outcome?: Outcome | undefined
}

/** Turns whatever a route throws into the one form of an error; what nobody foresaw is logged and says nothing of itself. */
export function answerErrors(app: ApiInstance): void {
  app.setErrorHandler((error, request, reply) => {
    const failure = failureOf(error)
    if (failure.code === 'internal') request.log.error({ err: error }, 'a request failed')
    return sendFailure(request, reply, failure)
  })
  answerStrays(app)
}

/** A route that is not there is answered in the scope of its prefix, so that its limits hold for it too. */
export function answerStrays(app: ApiInstance): void {
  app.setNotFoundHandler((request, reply) =>
    sendFailure(request, reply, { code: 'not_found', message: 'There is no such route.' }),
  )
}

/** For what cannot be routed: the path is not well encoded, or a part of it is too long. */
export function answerUnroutable(
  _error: Error,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  // no hook has seen it
  reply.header('x-request-id', request.id)
  void sendFailure(request, reply, {
    code: 'invalid_frame',
    message: 'The path is not well encoded, or a part of it is too long.',
  })
}

function sendFailure(request: FastifyRequest, reply: FastifyReply, failure: Failure): FastifyReply {
  const row = CODES[failure.code]
  if (failure.retryAfterMs !== undefined) {
    reply.header('retry-after', String(Math.ceil(failure.retryAfterMs / 1000)))
  }
  return reply
    .code(row.http ?? 500)
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send({
      data: null,
      error: {
        code: failure.code,
        message: failure.message,
        request_id: request.id,
        retryable: row.retryable,
        ...(failure.retryAfterMs !== undefined && { retry_after_ms: failure.retryAfterMs }),
        ...(failure.outcome !== undefined && { outcome: failure.outcome }),
      },
    })
}

function failureOf(error: unknown): Failure {
  const known = operationErrorOf(error)
  if (known !== undefined) return known
  const status = (error as { statusCode?: unknown }).statusCode
  if (status === 413) return { code: 'payload_too_large', message: BODY_TOO_LARGE }
  if (status === 429) return { code: 'rate_limited', message: CODES.rate_limited.message }
  if (status === 503)
    return { code: 'unavailable', message: CODES.unavailable.message, retryAfterMs: 1_000 }
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return {
      code: 'invalid_frame',
      message: 'The request is malformed: a JSON body and its content type are needed.',
    }
  }
  return { code: 'internal', message: CODES.internal.message }
}
