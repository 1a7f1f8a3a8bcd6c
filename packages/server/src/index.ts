/** The Tidings server: `createServer`, and what its options and answers are made of. */

export type { Hooks, HookVerdict } from './acceptance/hooks.js'
export {
  DataDirBroken,
  DataDirError,
  DataDirInUse,
  DataDirNewer,
  DataDirNotWritable,
} from './adapters/sql/sqlite/data-dir-errors.js'
export type { Admin, MessageRef } from './admin/admin.js'
export { ListenError } from './api/listen.js'
export type { AuthenticateOption, JwtChecks } from './auth/authenticator.js'
export { AuthError, type Identity } from './auth/port.js'
export { createServer, type EmbeddedOptions, type ServerOptions } from './compose.js'
export type { Config } from './config/fields.js'
export { ConfigError } from './config/load.js'
export { UnsupportedNode } from './config/node-version.js'
export { type MaintenanceCode, MaintenanceError } from './maintenance/errors.js'
export { OperationError } from './operations/actor.js'
export type { BackupOptions, ListenOptions, TidingsServer } from './server.js'
export type { RequestContext } from './stream/request-context.js'
