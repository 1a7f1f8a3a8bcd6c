import { rest, until } from '../../until.js'
import { nowUs } from '../clock.js'
import { Timings } from '../timings.js'
import type { Client } from './client.js'
import { ageMs } from './text.js'
import { type Sent, Unsettled } from './unsettled.js'

const TICK_MS = 2
const SETTLE_TIMEOUT_MS = 60_000

export interface PacedRun {
  readonly sent: readonly Sent[]
  /** Until the sender had its ack. */
  readonly acks: Timings
  /** Until a member at another gateway had the message. Empty where there is one gateway. */
  readonly shown: Timings
}

/**
 * Sends so many messages a second, whether they are answered or not, at random times around the beat, each from the
 * next client in turn, for so long or until it is over. Resolves when all are answered and shown; rejects when one is
 * refused.
 */
export async function paced(
  clients: readonly Client[],
  perS: number,
  seconds: number,
  isOver: () => boolean = () => false,
): Promise<PacedRun> {
  const unsettled = new Unsettled()
  const sent: Sent[] = []
  const shown: number[] = []
  const gatewayOf = new Map(clients.map(({ userId, gateway }) => [userId, gateway]))
  for (const client of clients) {
    client.hear = (heard) => {
      unsettled.hear(heard)
      const { type, user_id: sender = '', text = '' } = heard
      if (type !== 'message.new' || gatewayOf.get(sender) === client.gateway) return
      shown.push(ageMs(text))
    }
  }
  const others = othersShown(clients)
  const total = Math.max(1, Math.round(perS * seconds))
  let expected = 0
  let dueUs = nowUs()
  for (let i = 0; i < total && !isOver(); ) {
    for (; i < total && dueUs <= nowUs(); i++) {
      const client = clients[i % clients.length]
      if (client === undefined) throw new Error('nobody is there to send')
      sent.push(unsettled.send(client))
      expected += others(client)
      // half a beat either way, so that nothing keeps step with a beat of ours
      dueUs += (1_000_000 / perS) * (0.5 + Math.random())
    }
    await rest(TICK_MS)
  }
  const isSettled = () => {
    unsettled.check()
    return unsettled.count === 0 && shown.length >= expected
  }
  await until(`all to be answered and shown`, SETTLE_TIMEOUT_MS, isSettled).catch((error) => {
    const missing = `of ${sent.length} ${unsettled}, ${expected - shown.length} not shown`
    throw new Error(`${(error as Error).message}: ${missing}`)
  })
  const acks = sent.map(({ atUs, ackedUs = Number.NaN }) => (ackedUs - atUs) / 1_000)
  return { sent, acks: new Timings(acks), shown: new Timings(shown) }
}

/** How many members at other gateways are shown what a client says. */
function othersShown(clients: readonly Client[]): (client: Client) => number {
  const counts = new Map<string, number>()
  const keyOf = ({ channelId, gateway }: Client) => `${channelId} ${gateway}`
  const add = (key: string) => counts.set(key, (counts.get(key) ?? 0) + 1)
  for (const client of clients) {
    add(keyOf(client))
    add(client.channelId)
  }
  return (client) => (counts.get(client.channelId) ?? 0) - (counts.get(keyOf(client)) ?? 0)
}
