import type { Goals } from '../faults/fault.js'
import { lengthOf } from '../measure/gaps.js'
import type { Interruption } from '../measure/interruption.js'
import type { FaultResult } from './result.js'

/** One goal, and whether this fault met it. */
export interface Verdict {
  readonly what: 'sending' | 'delivering' | 'its clients'
  readonly tookMs: number
  readonly goalMs: number
  readonly isMet: boolean
}

/** “Not at all” means: not longer than so many times the longest gap of the quiet seconds before. */
const NOT_AT_ALL = 2

export function verdictsOf({
  fault: { goals },
  steady,
  interruption,
}: FaultResult): readonly Verdict[] {
  const of = (
    what: Verdict['what'],
    goalMs: number | undefined,
    measure: (one: Interruption) => number,
  ): readonly Verdict[] => {
    if (goalMs === undefined) return []
    const tookMs = measure(interruption)
    const bound = goalMs === 0 ? NOT_AT_ALL * measure(steady) : goalMs
    return [{ what, tookMs, goalMs, isMet: tookMs <= bound }]
  }
  const { sendingMs, deliveringMs, clientMs }: Goals = goals
  return [
    ...of('sending', sendingMs, ({ sendingWorst }) => lengthOf(sendingWorst)),
    ...of('delivering', deliveringMs, ({ deliveringWorst }) => lengthOf(deliveringWorst)),
    ...of('its clients', clientMs, ({ clientWorst }) => lengthOf(clientWorst)),
  ]
}
