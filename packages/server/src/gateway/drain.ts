import { CLOSE, type ServerFrames } from '@tidings/protocol'
import type { Core } from './core.js'
import { write } from './envelopes.js'

export interface DrainOptions {
  /** After this long whoever is still there is cut off. */
  readonly timeoutMs: number
  readonly reason?: ServerFrames['goaway']['reason']
}

const STEP_MS = 50
/** The part of the time over which closes are spread; the rest is for peers to answer them. */
const PACED_PART = 0.7

/**
 * Sends everybody away without a stampede: each is told when to come back, and closes are spread over the time
 * there is, those who wait for no answer first (P-74). Resolves when no socket is left.
 */
export async function drain(core: Core, options: DrainOptions): Promise<void> {
  const { environment, admission, connections } = core
  admission.draining = true
  const spreadMs = Math.floor(options.timeoutMs * PACED_PART)
  for (const connection of connections) {
    connection.tell(
      write({
        type: 'goaway',
        reason: options.reason ?? 'shutdown',
        reconnect_after_ms: Math.floor(environment.random() * spreadMs),
        jitter_ms: Math.floor(spreadMs / 4),
      }),
    )
  }
  const begunAt = environment.monotonicNow()
  const perStep = Math.ceil((connections.size * STEP_MS) / Math.max(STEP_MS, spreadMs))
  const left = environment.monotonicNow() + options.timeoutMs
  let timer: unknown
  const step = (): void => {
    closeSome(core, perStep, environment.monotonicNow() - begunAt >= spreadMs)
    if (environment.monotonicNow() >= left) {
      for (const connection of connections) connection.socket.terminate()
      return
    }
    timer = environment.setTimer(step, STEP_MS)
  }
  step()
  await connections.empty()
  environment.clearTimer(timer)
}

/** Closes some that wait for nothing; when the time for that is over, the others too. */
function closeSome(core: Core, count: number, all: boolean): void {
  let closed = 0
  for (const connection of core.connections) {
    if (closed >= count) return
    if (connection.state === 'closed') continue
    if (!all && (connection.unanswered?.size ?? 0) > 0) continue
    core.connections.close(connection, CLOSE.goingAway, 'going away')
    closed++
  }
}
