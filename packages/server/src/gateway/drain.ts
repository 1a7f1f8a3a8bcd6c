import { CLOSE, type ServerFrames } from '@tidings/protocol'
import type { Connection } from './connection.js'
import type { Core } from './core.js'
import { write } from './envelopes.js'

export interface DrainOptions {
  /** After this long whoever is still there is cut off. */
  readonly timeoutMs: number
  readonly reason?: ServerFrames['goaway']['reason']
}

const STEP_MS = 50
/** The part of the time over which clients are told to go. */
const TOLD_PART = 0.6
/** How long a client that was told may take to be somewhere else before its socket is closed. */
const LEAVE_MS = 1_000
/** The part of the time after which nobody's answers are waited for; the rest is for peers to answer the close. */
const CLOSED_PART = 0.8
const JITTER_MS = 200

/**
 * Sends everybody away without a stampede: one after the other is told to go at once, and is served until then; its
 * socket is closed when it had time to connect elsewhere, and what it had sent is answered (P-74). So nobody is without
 * a connection for longer than connecting takes. Resolves when no socket is left.
 */
export async function drain(core: Core, options: DrainOptions): Promise<void> {
  const { environment, admission, connections } = core
  const { timeoutMs, reason = 'shutdown' } = options
  admission.draining = true
  const begunAt = environment.monotonicNow()
  const leaveMs = Math.min(LEAVE_MS, timeoutMs * (CLOSED_PART - TOLD_PART))
  const told = new Map<Connection, number>()
  const all = connections.size

  function tell(connection: Connection, now: number): void {
    told.set(connection, now)
    connection.tell(
      write({
        type: 'goaway',
        reason,
        reconnect_after_ms: 0,
        jitter_ms: Math.floor(Math.min(JITTER_MS, leaveMs / 2)),
      }),
    )
  }

  let timer: unknown
  /** Who is greeted meanwhile is told when that is done: `goaway` is nobody's first frame (P-21). */
  const step = (): void => {
    const now = environment.monotonicNow()
    const elapsedMs = now - begunAt
    const due = Math.ceil((all * (elapsedMs + STEP_MS)) / Math.max(STEP_MS, timeoutMs * TOLD_PART))
    const isLast = elapsedMs >= timeoutMs * TOLD_PART
    for (const connection of connections) {
      if (!isLast && told.size >= due) break
      if (connection.state === 'live' && !told.has(connection)) tell(connection, now)
    }
    const isOver = elapsedMs >= timeoutMs * CLOSED_PART
    for (const connection of connections) {
      // who has said nothing had as long to say hello
      const since = connection.state === 'new' ? begunAt : (told.get(connection) ?? now)
      if (isOver || (now - since >= leaveMs && isAnswered(connection))) close(core, connection)
    }
    if (elapsedMs >= timeoutMs) {
      for (const connection of connections) connection.socket.terminate()
      return
    }
    timer = environment.setTimer(step, STEP_MS)
  }
  step()
  await connections.empty()
  environment.clearTimer(timer)
}

const isAnswered = ({ unanswered, backfillsInFlight, refreshing }: Connection): boolean =>
  (unanswered?.size ?? 0) === 0 && backfillsInFlight === 0 && !refreshing

function close({ connections }: Core, connection: Connection): void {
  if (connection.state === 'closed') return
  connections.close(connection, CLOSE.goingAway, 'going away')
}
