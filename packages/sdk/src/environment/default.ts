import { createBrowserEnvironment } from './browser.js'
import { createNodeEnvironment } from './node.js'
import type { Environment } from './port.js'
import type { WebSocketConstructor } from './web-socket.js'

/** True in Node (from 20.16 on) and what is made in its image; false in pages and workers. */
const isNode = (): boolean =>
  typeof process !== 'undefined' &&
  typeof process.getBuiltinModule === 'function' &&
  globalThis.document === undefined

/** The environment that this runtime has. */
export const createDefaultEnvironment = (WebSocketClass?: WebSocketConstructor): Environment =>
  isNode() ? createNodeEnvironment(WebSocketClass) : createBrowserEnvironment(WebSocketClass)
