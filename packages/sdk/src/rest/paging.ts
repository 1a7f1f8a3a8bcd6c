import type { RestPage } from '@tidings/protocol'
import { given } from '../arguments.js'
import { type Camel, toCamel } from '../channel/names.js'
import type { Call, CallOptions, Transport } from './transport.js'

export interface ListOptions extends CallOptions {
  /** How many one request brings, 1 to 100. @default 50 */
  readonly pageSize?: number | undefined
}

/** Every item of a list, page by page as the loop goes on; by cursor, so none is skipped. */
export async function* eachItem<T>(
  transport: Transport,
  path: Call['path'],
  options?: ListOptions,
): AsyncIterableIterator<Camel<T>> {
  const { pageSize, signal } = given(options)
  let cursor: string | undefined
  do {
    const query = { cursor, limit: pageSize }
    const call = { method: 'GET', path, query, idempotent: true, signal } as const
    const page = await transport<RestPage<T>>(call)
    yield* page.items.map((item) => toCamel(item))
    cursor = page.next_cursor
  } while (cursor !== undefined)
}
