import { isId } from '@tidings/protocol'
import type { Environment } from './environment/port.js'
import { uuidv7 } from './outbox/uuid.js'

const KEY = 'tidings.device'

/** The name of this device: as kept, else made now and kept where that is possible. */
export function deviceIdOf(environment: Environment): string {
  const kept = environment.keptStrings?.get(KEY)
  if (isId(kept)) return kept
  const made = uuidv7(environment)
  environment.keptStrings?.set(KEY, made)
  return made
}
