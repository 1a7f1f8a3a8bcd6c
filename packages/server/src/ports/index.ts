/** The ports: what an adapter must do. Their contract suites are at `@tidings/server/contract`. */

export * from '../stream/command.js'
export * from '../stream/event.js'
export * from '../stream/position.js'
export * from './command-log.js'
export * from './directory.js'
export * from './environment.js'
export * from './limits.js'
export * from './membership.js'
export * from './message-store.js'
export * from './push.js'
export * from './routes.js'
export * from './socket.js'
