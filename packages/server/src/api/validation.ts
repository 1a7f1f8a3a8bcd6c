import { explain } from '@tidings/protocol/schemas'
import type { FastifySchemaCompiler } from 'fastify'
import type { z } from 'zod/mini'
import { OperationError } from '../operations/actor.js'
import { misreadNumber } from '../operations/misread-number.js'

/** Validates a part of a request by its zod schema; what is wrong is told in the words of the socket's errors. */
export const compileValidator: FastifySchemaCompiler<z.ZodMiniType> =
  ({ schema, httpPart }) =>
  (value) => {
    const parsed = schema.safeParse(value)
    if (parsed.success) {
      const isText = httpPart === 'querystring' || httpPart === 'params'
      const misread = isText ? misreadNumber(value, parsed.data) : undefined
      if (misread === undefined) return { value: parsed.data }
      return { error: new OperationError('invalid_frame', `${misread}: must be a number.`) }
    }
    const { code, message } = explain(parsed.error, value)
    const part = httpPart === 'querystring' ? 'query' : (httpPart ?? 'request')
    return { error: new OperationError(code, message.replace(/^frame:/, `${part}:`)) }
  }
