import type { ServerEnvironment } from '../ports/environment.js'

export interface Patience {
  readonly environment: Pick<ServerEnvironment, 'monotonicNow' | 'setTimer'>
  /** Trouble is waited out for so long; a try that is under way then is not cut short. */
  readonly forMs: number
  /** How long until the next try. */
  readonly pauseMs: () => number
  /** What does not pass by waiting. */
  readonly isFinal?: (error: unknown) => boolean
  /** Told of each trouble that is waited out. */
  readonly onTrouble?: (error: unknown) => void
}

/** Tries until it is done. Rejects with the last trouble when that does not pass, or has not in time. */
export async function patiently<T>(
  attempt: () => Promise<T>,
  { environment, forMs, pauseMs, isFinal, onTrouble }: Patience,
): Promise<T> {
  const untilMs = environment.monotonicNow() + forMs
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      const delayMs = pauseMs()
      if (isFinal?.(error) || environment.monotonicNow() + delayMs >= untilMs) throw error
      onTrouble?.(error)
      await new Promise<void>((resolve) => environment.setTimer(resolve, delayMs))
    }
  }
}
