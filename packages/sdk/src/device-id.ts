import { isId } from '@tidings/protocol'
import type { Environment } from './environment/port.js'
import { uuidv7 } from './outbox/uuid.js'

const KEY = 'tidings.device'

/** The name of this device: as kept, else made now; kept where that is possible and wanted. */
export function deviceIdOf(environment: Environment, keep: boolean): string {
  const strings = keep ? environment.keptStrings : undefined
  const kept = strings?.get(KEY)
  if (isId(kept)) return kept
  const made = uuidv7(environment)
  strings?.set(KEY, made)
  return made
}
