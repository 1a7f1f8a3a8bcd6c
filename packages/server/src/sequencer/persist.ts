import { pause } from '../environment/pause.js'
import { StoreUnavailable } from '../ports/message-store.js'
import { backOffMs } from './back-off.js'
import type { SequencerOptions } from './options.js'

/** Leaves a wait because the ownership is over. */
export class Ended extends Error {}

export interface Persisting extends Pick<SequencerOptions, 'environment' | 'onTrouble'> {
  readonly partition: number
  /** Ends the waiting, with Ended. */
  readonly signal: AbortSignal
}

/** Waits while the store cannot tell, and does the very same again: nothing is skipped (R2). */
export async function persist<T>(
  { environment, onTrouble, partition, signal }: Persisting,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error
      onTrouble?.(partition, error)
      await pause(environment, backOffMs(failures, environment.random()), signal)
      if (signal.aborted) throw new Ended()
    }
  }
}
