import { rest, until } from '../../until.js'
import type { Client } from './client.js'
import { Unsettled } from './unsettled.js'

/** Until as much is under way as will be. */
const WARM_UP = 0.25
const SETTLE_TIMEOUT_MS = 60_000

export interface Saturated {
  readonly perS: number
  /** All of them, those before and after what was timed too. */
  readonly messages: number
}

/** Messages acknowledged a second while every client keeps so many under way. Rejects when one is refused. */
export async function saturate(
  clients: readonly Client[],
  inFlight: number,
  seconds: number,
): Promise<Saturated> {
  const unsettled = new Unsettled()
  let acks = 0
  let isOver = false
  for (const client of clients) {
    let own = 0
    const fill = () => {
      for (; !isOver && own < inFlight; own++) unsettled.send(client)
    }
    client.hear = (heard) => {
      if (!unsettled.hear(heard)) return
      acks += 1
      own -= 1
    }
    client.heardAll = fill
    fill()
  }
  try {
    await rest(seconds * 1_000 * WARM_UP)
    const [acksBefore, startedAt] = [acks, performance.now()]
    await rest(seconds * 1_000)
    const perS = (acks - acksBefore) / ((performance.now() - startedAt) / 1_000)
    isOver = true
    await until(`what is under way (${unsettled})`, SETTLE_TIMEOUT_MS, () => {
      unsettled.check()
      return unsettled.count === 0
    })
    return { perS, messages: acks }
  } finally {
    for (const client of clients) client.heardAll = () => undefined
  }
}
