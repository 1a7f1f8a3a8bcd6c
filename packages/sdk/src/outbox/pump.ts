import type { Environment } from '../environment/port.js'

export interface Pump {
  run(): void
  /** Runs `work`, and whatever becomes due by it only when all of it is done. */
  during(work: () => void): void
  stop(): void
}

/**
 * Does rounds of work: now, and again at the monotonic time that a round asks for. What happens
 * while a round is under way is looked at in another one, never inside it.
 */
export function createPump(environment: Environment, round: () => number): Pump {
  let isBusy = false
  let isDue = false
  let timer: unknown

  const stop = (): void => environment.clearTimer(timer)

  const during = (work: () => void): void => {
    const isInner = isBusy
    isBusy = true
    work()
    if (isInner) return
    while (isDue) {
      isDue = false
      stop()
      const at = round()
      if (at === Number.POSITIVE_INFINITY) continue
      // its time may have come while the round was on its way
      timer = environment.setTimer(run, Math.max(0, at - environment.monotonicNow()))
    }
    isBusy = false
  }

  const run = (): void =>
    during(() => {
      isDue = true
    })

  return { run, during, stop }
}
