import { explain } from '@tidings/protocol/schemas'
import type { FastifySchemaCompiler } from 'fastify'
import type { z } from 'zod/mini'
import { OperationError } from '../operations/actor.js'
import { blankNumber } from '../operations/blank-number.js'

/** Validates a part of a request by its zod schema; what is wrong is told in the words of the socket's errors. */
export const compileValidator: FastifySchemaCompiler<z.ZodMiniType> =
  ({ schema, httpPart }) =>
  (value) => {
    const parsed = schema.safeParse(value)
    if (parsed.success) {
      const blank = httpPart === 'querystring' ? blankNumber(value, parsed.data) : undefined
      if (blank === undefined) return { value: parsed.data }
      return { error: new OperationError('invalid_frame', `${blank}: must be a number.`) }
    }
    const { code, message } = explain(parsed.error, value)
    const part = httpPart === 'querystring' ? 'query' : (httpPart ?? 'request')
    return { error: new OperationError(code, message.replace(/^frame:/, `${part}:`)) }
  }
