import { type FastifyBaseLogger, fastify, LogController } from 'fastify'
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { answerErrors, answerUnroutable } from './answers.js'
import type { ApiInstance } from './app.js'
import type { ApiContext } from './context.js'
import { operatorRoutes } from './routes/operator.js'
import { compileValidator } from './validation.js'

export type OperatorContext = Pick<ApiContext, 'log' | 'basePath' | 'health' | 'metrics'> & {
  readonly makeId: () => string
}

/** The operator's pages alone: for a process that does not play the role `api`. */
export async function createOperatorApp(context: OperatorContext): Promise<ApiInstance> {
  const app = fastify({
    loggerInstance: context.log as FastifyBaseLogger,
    logController: new LogController({
      disableRequestLogging: true,
      requestIdLogLabel: 'request_id',
    }),
    genReqId: () => context.makeId(),
    frameworkErrors: answerUnroutable as never,
    return503OnClosing: false,
  }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(compileValidator)
  app.setSerializerCompiler(serializerCompiler)
  const api = app as ApiInstance
  answerErrors(api)
  await app.register(
    async (base) => {
      operatorRoutes(base as ApiInstance, context)
    },
    { prefix: context.basePath },
  )
  return api
}
