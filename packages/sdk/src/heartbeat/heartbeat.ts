import type { Environment, LifecycleSignal } from '../environment/port.js'
import { heard, type Pulse, type PulseContext, rest, suspect, tick } from './pulse.js'

export interface HeartbeatOptions {
  readonly intervalMs: number
  readonly jitterMs: number
  readonly ping: () => void
  readonly dead: () => void
}

export interface Heartbeat {
  /** A frame came. */
  heard(): void
  /** The page said something of itself. */
  signal(signal: LifecycleSignal): void
  stop(): void
}

/** A hidden or freezing page will not run soon: what it says is no reason to ask. */
const isReasonToProbe = (signal: LifecycleSignal): boolean =>
  signal !== 'hidden' && signal !== 'freeze' && signal !== 'pagehide'

/**
 * Runs a pulse on a real clock. Each rest begins in the callback of a network event, where a
 * browser does not throttle timers as it does in a chain of them.
 */
export function startHeartbeat(environment: Environment, options: HeartbeatOptions): Heartbeat {
  const context = (): PulseContext => ({
    nowMs: environment.monotonicNow(),
    wallMs: environment.now(),
    chance: environment.random(),
    intervalMs: options.intervalMs,
    jitterMs: options.jitterMs,
  })
  let timer: unknown
  let pulse = rest(context())

  const arm = (): void => {
    environment.clearTimer(timer)
    timer = environment.setTimer(
      () => move(tick(pulse, context())),
      Math.max(0, pulse.dueMs - environment.monotonicNow()),
    )
  }
  const move = (next: Pulse): void => {
    if (next === pulse) return
    pulse = next
    if (next.phase === 'dead') {
      options.dead()
    } else {
      arm()
      if (next.ping) options.ping()
    }
  }

  arm()
  return {
    heard() {
      if (pulse.phase !== 'resting') move(heard(pulse, context()))
    },
    signal(signal) {
      if (isReasonToProbe(signal)) move(suspect(pulse, context()))
    },
    stop: () => environment.clearTimer(timer),
  }
}
