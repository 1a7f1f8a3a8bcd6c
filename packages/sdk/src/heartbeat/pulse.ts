import type { StepContext } from '../connection/states.js'

/** How long after an ordinary ping a sign of life is expected, in milliseconds. */
export const ANSWER_WITHIN_MS = 7_000
/** The same after a signal or a jump of the clock, and for the second ping of a probe. */
export const PROBE_WITHIN_MS = 4_000
/** A tick this much later than planned, in milliseconds, means that the machine or the page slept. */
export const CLOCK_JUMP_MS = 5_000

/**
 * What the client knows of the other end. `resting` until the next ping; `probing` after one;
 * `late` when a probe went without a sign and was repeated; `dead` when that did too.
 */
export interface Pulse {
  readonly phase: 'resting' | 'probing' | 'late' | 'dead'
  /** When the next tick is due, by the monotonic clock. */
  readonly dueMs: number
  /** The wall clock less the monotonic one: it changes when the machine sleeps. */
  readonly skewMs: number
  /** A jump has already been forgiven since the last sign of life. */
  readonly forgiven: boolean
  /** A ping must be sent on entering this pulse. */
  readonly ping: boolean
}

export interface PulseContext extends StepContext {
  readonly wallMs: number
  /** Between two pings, in milliseconds, and how much more or less it may be. */
  readonly intervalMs: number
  readonly jitterMs: number
}

const skewOf = ({ wallMs, nowMs }: PulseContext): number => wallMs - nowMs

export function rest(context: PulseContext): Pulse {
  const { nowMs, chance, intervalMs, jitterMs } = context
  return {
    phase: 'resting',
    dueMs: nowMs + intervalMs + (2 * chance - 1) * jitterMs,
    skewMs: skewOf(context),
    forgiven: false,
    ping: false,
  }
}

const probe = (
  context: PulseContext,
  phase: 'probing' | 'late',
  withinMs: number,
  forgiven: boolean,
): Pulse => ({
  phase,
  dueMs: context.nowMs + withinMs,
  skewMs: skewOf(context),
  forgiven,
  ping: true,
})

/** Any frame came: all is well. A probe that it answers begins the next rest. */
export const heard = (pulse: Pulse, context: PulseContext): Pulse =>
  pulse.phase === 'resting' || pulse.phase === 'dead' ? pulse : rest(context)

/** The page says that something may have changed: ask, and answer nothing for the server. */
export const suspect = (pulse: Pulse, context: PulseContext): Pulse =>
  pulse.phase === 'resting' ? probe(context, 'probing', PROBE_WITHIN_MS, false) : pulse

/** The time of `dueMs` has come. */
export function tick(pulse: Pulse, context: PulseContext): Pulse {
  const { phase, dueMs, skewMs, forgiven } = pulse
  const jumped =
    context.nowMs - dueMs > CLOCK_JUMP_MS || Math.abs(skewOf(context) - skewMs) > CLOCK_JUMP_MS
  if (phase === 'resting') {
    return probe(context, 'probing', jumped ? PROBE_WITHIN_MS : ANSWER_WITHIN_MS, false)
  }
  // What was asked before a sleep has not had its time; but a page whose timers are always late
  // must be able to come to an end.
  if (jumped && !forgiven) return probe(context, 'probing', PROBE_WITHIN_MS, true)
  if (phase === 'probing') return probe(context, 'late', PROBE_WITHIN_MS, forgiven)
  return { ...pulse, phase: 'dead', ping: false }
}
