/** What is known of a connection's life, on the monotonic clock in milliseconds. */
export interface SignsOfLife {
  /** Any frame or pong. */
  seenAt: number
  /** A frame made by the client; a browser answers protocol pings without it. */
  frameAt: number
  /** A protocol ping was sent since `seenAt`. */
  probed: boolean
  /** By then a valid `hello` must have come; Infinity once it has. */
  helloBy: number
  /** When its token ends. */
  expiresAt: number
  /** No frame of its own for long: absent for push, away for presence. */
  idle: boolean
}

export interface SignsOfLifeLimits {
  readonly probeAfterSilenceMs: number
  readonly silenceTimeoutMs: number
  readonly idleAfterMs: number
}

export type Verdict = 'nothing' | 'probe' | 'no_hello' | 'silent' | 'expired'

/** What is due now; whoever asks then does it. The end of a token comes before everything else. */
export function judge(life: SignsOfLife, limits: SignsOfLifeLimits, now: number): Verdict {
  if (now >= life.expiresAt) return 'expired'
  if (now >= life.helloBy) return 'no_hello'
  const silentMs = now - life.seenAt
  if (silentMs >= limits.silenceTimeoutMs) return 'silent'
  if (silentMs >= limits.probeAfterSilenceMs && !life.probed) return 'probe'
  return 'nothing'
}

export const isIdle = (life: SignsOfLife, limits: SignsOfLifeLimits, now: number): boolean =>
  now - life.frameAt >= limits.idleAfterMs

/** When to look again, in milliseconds from now. */
export function nextLookMs(life: SignsOfLife, limits: SignsOfLifeLimits, now: number): number {
  const silence = life.probed ? limits.silenceTimeoutMs : limits.probeAfterSilenceMs
  const idleAt = life.idle ? Number.POSITIVE_INFINITY : life.frameAt + limits.idleAfterMs
  return Math.min(life.seenAt + silence, life.helloBy, life.expiresAt, idleAt) - now
}
