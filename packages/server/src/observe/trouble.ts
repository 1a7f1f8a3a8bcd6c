import type { ServerEnvironment } from '../ports/environment.js'
import type { OnTrouble } from '../roles/ports.js'
import type { Logger } from './log.js'
import { labelsOfError } from './steps.js'

/** So long a trouble of one kind is counted after it was told. */
const QUIET_MS = 10_000
/** Kinds that are known; the one told longest ago is forgotten first (I7). */
const MAX_KINDS = 1_000

interface Told {
  readonly atMs: number
  more: number
}

/**
 * Logs troubles at level warn. One that comes again and again, such as pushes to a process that is slow, is told every
 * ten seconds with the number of those between (`more`); what befell a request is always told.
 */
export function createTroubleLog(
  log: Pick<Logger, 'warn'>,
  { monotonicNow }: Pick<ServerEnvironment, 'monotonicNow'>,
): OnTrouble {
  const told = new Map<string, Told>()

  /** How many were left out since the last one was told; undefined: this one is left out too. */
  function leftOut(kind: string): number | undefined {
    const nowMs = monotonicNow()
    const last = told.get(kind)
    if (last !== undefined && nowMs - last.atMs < QUIET_MS) {
      last.more += 1
      return undefined
    }
    told.delete(kind)
    if (told.size >= MAX_KINDS) {
      const oldest = told.keys().next().value
      if (oldest !== undefined) told.delete(oldest)
    }
    told.set(kind, { atMs: nowMs, more: 0 })
    return last?.more ?? 0
  }

  return (where, error, request) => {
    const more = request === undefined ? leftOut(kindOf(where, error)) : 0
    if (more === undefined) return
    const labels = labelsOfError(error, request)
    log.warn(
      { ...labels, err: error, where, ...(more > 0 && { more }) },
      'trouble that is waited out',
    )
  }
}

/** Offsets and times differ where the trouble is the same. */
const kindOf = (where: string, error: unknown): string =>
  `${where}\n${error instanceof Error ? error.message.slice(0, 300).replace(/\d+/g, '#') : typeof error}`
