import { type Client, createClientIn } from './client.js'
import { createDefaultEnvironment } from './environment/default.js'
import type { Feature } from './features/feature.js'
import type { ClientOptions } from './options.js'
import { defaultStorage } from './storage/default.js'

export { createDefaultEnvironment } from './environment/default.js'
export * from './exports.js'

/**
 * Makes a client: connected from the next turn on, until `close()`. Throws `invalid_argument` for
 * options that cannot work.
 */
export const createClient = <const F extends readonly Feature[] = readonly []>(
  options: ClientOptions<F>,
): Client<F> =>
  createClientIn({ environment: createDefaultEnvironment, storage: defaultStorage }, options)
