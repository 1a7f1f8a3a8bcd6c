import type { Schema } from './example.js'

/** An operation of the OpenAPI document. */
export interface Route {
  /** As the coverage names it. */
  readonly name: string
  readonly method: string
  /** With `{parameters}`. */
  readonly path: string
  readonly query: Readonly<Record<string, { readonly schema: Schema; readonly required: boolean }>>
  readonly body: Schema | undefined
}

interface Parameter {
  readonly in: string
  readonly name: string
  readonly required?: boolean
  readonly schema: Schema
}
interface Operation {
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
}

/** What the document leaves out, because it says nothing of content. */
const UNDOCUMENTED = ['/v1/openapi.json', '/metrics']

/** Every route that the served document names. */
export function routesOf(document: {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}): readonly Route[] {
  const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) =>
      routeOf(method.toUpperCase(), path, operation as Operation),
    ),
  )
  return [...documented, ...UNDOCUMENTED.map((path) => routeOf('GET', path, {}))]
}

function routeOf(method: string, path: string, operation: Operation): Route {
  const query = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query')
  return {
    name: `${method} ${path}`,
    method,
    path,
    query: Object.fromEntries(
      query.map(({ name, schema, required = false }) => [name, { schema, required }]),
    ),
    body: operation.requestBody?.content['application/json']?.schema,
  }
}
