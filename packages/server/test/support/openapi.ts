import { CODES, isErrorCode } from '@tidings/protocol'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

type Schema = Record<string, unknown>
interface Operation {
  readonly responses: Record<string, { content?: Record<string, { schema?: Schema }> }>
}
export interface Document {
  readonly openapi: string
  readonly servers: readonly { url: string }[]
  readonly paths: Record<string, Record<string, Operation>>
  readonly components?: object
}

export interface Answered {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly status: number
  readonly contentType: string | null
  readonly body: unknown
}

/** Whatever is no route of the document, but an answer all the same. */
const UNDOCUMENTED = /\/(metrics|v1\/openapi\.json)$/

/**
 * Holds answers against the served document: each must be one that its route declares, errors of routes that are
 * not there included. Throws with what is wrong.
 */
export function createAnswerCheck(document: Document): (answer: Answered) => void {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false })
  const base = document.servers[0]?.url.replace(/\/$/, '') ?? ''
  const routes = Object.entries(document.paths).map(([path, operations]) => ({
    path,
    pattern: new RegExp(`^${(base + path).replace(/\{[^}]+\}/g, '[^/]+')}$`),
    literal: path.split('/').filter((part) => !part.startsWith('{')).length,
    operations,
  }))
  routes.sort((a, b) => b.literal - a.literal)
  const compiled = new Map<Schema, ValidateFunction>()

  function check(schema: Schema, body: unknown, where: string): void {
    let validate = compiled.get(schema)
    if (validate === undefined) {
      validate = ajv.compile({ ...schema, components: document.components ?? {} })
      compiled.set(schema, validate)
    }
    if (!validate(body)) {
      throw new Error(`${where} is not what the document says: ${ajv.errorsText(validate.errors)}`)
    }
  }

  const anyFailure = routes
    .flatMap(({ operations }) => Object.values(operations))
    .map((operation) => schemaOf(operation, 404))
    .find((schema) => schema !== undefined)

  return ({ method, path, status, contentType, body }) => {
    const [bare = ''] = path.split('?', 1)
    const where = `${method} ${bare} ${status}`
    if (status < 300 && UNDOCUMENTED.test(bare)) return
    if (method === 'OPTIONS' || method === 'HEAD') return
    if (!contentType?.startsWith('application/json')) {
      throw new Error(`${where} has the content type ${contentType}`)
    }
    const route = routes.find(({ pattern }) => pattern.test(bare))
    const operation = route?.operations[method.toLowerCase()]
    const schema = operation === undefined ? undefined : schemaOf(operation, status)
    if (schema === undefined && (operation !== undefined || status < 400)) {
      throw new Error(`${where} is not in the document`)
    }
    check(schema ?? anyFailure ?? {}, body, where)
    if (status >= 400 && !bare.endsWith('/readyz')) checkCode(body, status, where)
  }
}

/** The schema of an answer with this status: its own, or that of its class. */
function schemaOf(operation: Operation, status: number): Schema | undefined {
  const { responses } = operation
  const answer = responses[String(status)] ?? responses[`${Math.floor(status / 100)}XX`]
  return answer?.content?.['application/json']?.schema
}

function checkCode(body: unknown, status: number, where: string): void {
  const { code, retryable } = (body as { error: { code: string; retryable: boolean } }).error
  if (!isErrorCode(code)) throw new Error(`${where} names a code of no table: ${code}`)
  if (CODES[code].http !== status) throw new Error(`${where} does not go with ${code}`)
  if (CODES[code].retryable !== retryable) throw new Error(`${where}: retryable ${retryable}`)
}
