import { type Gap, lengthOf, longestGap } from './gaps.js'

/** When things happened, in ascending milliseconds of the machine's clock. */
export interface Happenings {
  /** When a send of a channel was acknowledged, by channel. */
  readonly acked: ReadonlyMap<string, readonly number[]>
  /** When a message was shown for the first time, by anybody; by channel. */
  readonly shown: ReadonlyMap<string, readonly number[]>
  /** When a client was shown something, by client. */
  readonly shownTo: ReadonlyMap<string, readonly number[]>
  /** Every send that was acknowledged: from `send()` to its ack, and whose it was. */
  readonly sends: readonly Worst[]
}

/** The longest gap of one of several, and whose it was. */
export interface Worst extends Gap {
  readonly name: string
}

/** How long things were interrupted within a window. */
export interface Interruption {
  readonly window: Gap
  /** The longest time without an ack, over all channels, and in the channel where it was longest. */
  readonly sending: Gap
  readonly sendingWorst: Worst
  /** The same without a first showing of a message. */
  readonly delivering: Gap
  readonly deliveringWorst: Worst
  /** The longest time in which one client was shown nothing. */
  readonly clientWorst: Worst
  /** From `send()` to its ack, of those that were acknowledged in the window. */
  readonly slowestSend: Worst
}

export function interruptionIn(happenings: Happenings, window: Gap): Interruption {
  const { acked, shown, shownTo, sends } = happenings
  return {
    window,
    sending: longestGap(together(acked), window),
    sendingWorst: worstOf(acked, window),
    delivering: longestGap(together(shown), window),
    deliveringWorst: worstOf(shown, window),
    clientWorst: worstOf(shownTo, window),
    slowestSend: slowestOf(sends, window),
  }
}

function slowestOf(sends: readonly Worst[], window: Gap): Worst {
  const within = sends.filter(({ toMs }) => toMs >= window.fromMs && toMs <= window.toMs)
  return within.reduce(
    (slowest, one) => (lengthOf(one) > lengthOf(slowest) ? one : slowest),
    none(window),
  )
}

const none = ({ fromMs }: Gap): Worst => ({ name: 'nobody', fromMs, toMs: fromMs })

const together = (times: ReadonlyMap<string, readonly number[]>): readonly number[] =>
  [...times.values()].flat().sort((a, b) => a - b)

function worstOf(times: ReadonlyMap<string, readonly number[]>, window: Gap): Worst {
  let worst = none(window)
  for (const [name, own] of times) {
    const gap = longestGap(own, window)
    if (lengthOf(gap) > lengthOf(worst)) worst = { name, ...gap }
  }
  return worst
}
