import type { IncomingMessage } from 'node:http'
import type { FastifyRequest, FastifyServerOptions } from 'fastify'
import type { RequestContext } from '../stream/request-context.js'
import { readTraceparent } from '../trace/traceparent.js'
import type { TraceContext, Traces } from '../trace/traces.js'

const contexts = new WeakMap<IncomingMessage, TraceContext>()

/**
 * Goes on with the trace that a request names, or begins one, and puts it on each log line about the request, also
 * where it is refused before any hook has seen it.
 */
export function tracingLoggers(
  traces: Traces,
): NonNullable<FastifyServerOptions['childLoggerFactory']> {
  return (logger, bindings, options, request) => {
    const context = traces.follow(request.headers.traceparent, request.headers.tracestate)
    contexts.set(request, context)
    const own = readTraceparent(context.trace)
    return logger.child({ ...bindings, trace_id: own?.traceId, span_id: own?.spanId }, options)
  }
}

/** What a command says of the request that makes it. */
export const requestOf = ({ id, raw }: FastifyRequest): RequestContext => ({
  requestId: id,
  ...contexts.get(raw),
})
