/** What bundlers take for browsers: the same, without what only Node needs. */
import { type Client, createClientIn } from './client.js'
import { createBrowserEnvironment } from './environment/browser.js'
import type { Feature } from './features/feature.js'
import type { ClientOptions } from './options.js'
import { browserStorage } from './storage/browser.js'

export { createBrowserEnvironment as createDefaultEnvironment } from './environment/browser.js'
export * from './exports.js'

export const createClient = <const F extends readonly Feature[] = readonly []>(
  options: ClientOptions<F>,
): Client<F> =>
  createClientIn({ environment: createBrowserEnvironment, storage: () => browserStorage }, options)
