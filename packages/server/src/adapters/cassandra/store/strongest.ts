import type { ServerEnvironment } from '../../../ports/environment.js'
import { TooFewNodes } from '../session/errors.js'
import type { Row, Session } from '../session/session.js'
import type { Value } from '../session/stamped.js'

export type Read = (cql: string, values: readonly Value[]) => Promise<readonly Row[]>

/** After a replica was missing, the others are asked alone for this long: each try may take a second. */
const PAUSE_MS = 10_000

/** How reads at `ALL` went, since the start. */
export interface StrongReads {
  all: number
  /** Answered by a quorum, because not every replica did. */
  quorumOnly: number
}

/** R2: reads at `ALL` where that answers, else `LOCAL_QUORUM`, counted. */
export function strongestReads(
  session: Pick<Session, 'read'>,
  { monotonicNow }: Pick<ServerEnvironment, 'monotonicNow'>,
  counts: StrongReads,
): Read {
  let quorumUntil = Number.NEGATIVE_INFINITY
  return async (cql, values) => {
    if (monotonicNow() >= quorumUntil) {
      try {
        const rows = await session.read(cql, values, 'all')
        counts.all += 1
        return rows
      } catch (error) {
        if (!(error instanceof TooFewNodes)) throw error
        quorumUntil = monotonicNow() + PAUSE_MS
      }
    }
    counts.quorumOnly += 1
    return session.read(cql, values, 'quorum')
  }
}
