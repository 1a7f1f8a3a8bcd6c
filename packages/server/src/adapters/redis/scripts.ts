import { KNOWN_HEADS_SCRIPTS } from './known-heads.js'
import { NODE_LEASES_SCRIPTS } from './node-leases.js'
import { PRESENCE_SCRIPTS } from './presence.js'
import { PROCESSES_SCRIPTS } from './processes.js'
import { RATE_LIMITER_SCRIPTS } from './rate-limiter.js'
import { RECENT_EVENTS_SCRIPTS } from './recent-events.js'
import { ROUTES_SCRIPTS } from './routes.js'
import type { Script } from './script.js'

/** Every script of these adapters. */
export const SCRIPTS: readonly Script[] = [
  ...KNOWN_HEADS_SCRIPTS,
  ...NODE_LEASES_SCRIPTS,
  ...PRESENCE_SCRIPTS,
  ...PROCESSES_SCRIPTS,
  ...RATE_LIMITER_SCRIPTS,
  ...RECENT_EVENTS_SCRIPTS,
  ...ROUTES_SCRIPTS,
]
