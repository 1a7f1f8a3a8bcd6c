import { isIP } from 'node:net'
import cors from '@fastify/cors'
import swagger from '@fastify/swagger'
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify'
import {
  jsonSchemaTransform,
  serializerCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import { OperationError } from '../operations/actor.js'
import { answerErrors, answerStrays, answerUnroutable, BODY_MAX_BYTES } from './answers.js'
import { identifyCallers } from './callers.js'
import type { ApiContext } from './context.js'
import { openApiInfo } from './openapi.js'
import { channelRoutes } from './routes/channels.js'
import { devLoginRoutes } from './routes/dev-login.js'
import { memberRoutes } from './routes/members.js'
import { messageRoutes } from './routes/messages.js'
import { operatorRoutes } from './routes/operator.js'
import { presenceRoutes } from './routes/presence.js'
import { receiptRoutes } from './routes/receipts.js'
import { sessionRoutes } from './routes/sessions.js'
import { workspaceRoutes } from './routes/workspaces.js'
import { tracingLoggers } from './tracing.js'
import { compileValidator } from './validation.js'

/** A Fastify instance whose schemas are zod schemas. */
export type ApiInstance = FastifyInstance<
  import('node:http').Server,
  import('node:http').IncomingMessage,
  import('node:http').ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>

/** The REST API under `basePath`/v1 with its document, and the operator's pages beside it. */
export async function createApi(context: ApiContext): Promise<ApiInstance> {
  const app = fastify({
    loggerInstance: context.log as FastifyBaseLogger,
    logController: new LogController({
      disableRequestLogging: true,
      requestIdLogLabel: 'request_id',
    }),
    childLoggerFactory: tracingLoggers(context.traces),
    trustProxy: (_address, hop) => hop < context.trustProxy,
    bodyLimit: BODY_MAX_BYTES,
    genReqId: () => context.nextRequestId(),
    routerOptions: { maxParamLength: 512 },
    frameworkErrors: answerUnroutable as never,
    // whoever still comes is answered in our own form, see refuseWhileClosing
    return503OnClosing: false,
  }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(compileValidator)
  app.setSerializerCompiler(serializerCompiler)
  await app.register(cors, {
    origin: context.corsOrigins.includes('*') ? '*' : [...context.corsOrigins],
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'traceparent', 'tracestate'],
    exposedHeaders: ['x-request-id', 'retry-after'],
    maxAge: 600,
    // what it is strict about it would answer in a form of its own
    strictPreflight: false,
  })
  await app.register(swagger, {
    openapi: openApiInfo(context.basePath),
    transform: jsonSchemaTransform,
  })
  answerErrors(app)
  logRequests(app, context.onAnswered)
  await app.register(
    async (base) => {
      operatorRoutes(base as ApiInstance, context)
      await base.register(
        async (v1) => {
          const api = v1 as ApiInstance
          answerStrays(api)
          refuseWhileClosing(app, api)
          identifyCallers(api, context)
          sessionRoutes(api, context)
          workspaceRoutes(api, context)
          channelRoutes(api, context)
          memberRoutes(api, context)
          messageRoutes(api, context)
          receiptRoutes(api, context)
          presenceRoutes(api, context)
          devLoginRoutes(api, context)
          api.get('/ws', { schema: { hide: true }, config: { public: true } }, refuseWithoutUpgrade)
          api.get('/openapi.json', { schema: { hide: true }, config: { public: true } }, () =>
            app.swagger(),
          )
        },
        { prefix: '/v1' },
      )
    },
    { prefix: context.basePath },
  )
  return app
}

/** The address of the socket, asked for without an upgrade: most often by a proxy that took it away. */
function refuseWithoutUpgrade(): never {
  throw new OperationError(
    'invalid_frame',
    'This is the address of the WebSocket: a proxy in front must pass on Upgrade and Connection.',
  )
}

/** Whoever comes after the end, over a server that is not ours, is told so. */
function refuseWhileClosing(app: FastifyInstance, api: ApiInstance): void {
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
  })
  api.addHook('onRequest', async () => {
    if (!closing) return
    throw new OperationError('unavailable', 'The server is going away.', {
      retryAfterMs: 1_000,
      outcome: 'not_sent',
    })
  })
}

/** One line a request, without its query, which may carry a token. */
function logRequests(app: ApiInstance, onAnswered: ApiContext['onAnswered']): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  app.addHook('onResponse', async (request, reply) => {
    onAnswered?.(request.routeOptions.url ?? 'none', reply.statusCode, reply.elapsedTime)
    request.log.debug(
      {
        method: request.method,
        path: request.url.split('?', 1)[0],
        status: reply.statusCode,
        duration_ms: Math.round(reply.elapsedTime),
        ...(isIP(request.ip) !== 0 && { ip: request.ip }),
      },
      'request',
    )
  })
}
