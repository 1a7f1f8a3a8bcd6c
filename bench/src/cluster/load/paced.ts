import { nowUs } from '../clock.js'
import { Timings } from '../timings.js'
import { rest, until } from '../until.js'
import type { Client } from './client.js'
import { ageMs, stampedText } from './text.js'
import { uuidV7 } from './uuid.js'

const TICK_MS = 2
const SETTLE_TIMEOUT_MS = 60_000

export interface Sent {
  readonly channelId: string
  readonly atUs: number
  ackedUs?: number
}

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
  const waiting = new Map<string, Sent>()
  const sent: Sent[] = []
  const shown: number[] = []
  let refused: string | undefined
  const gatewayOf = new Map(clients.map(({ userId, gateway }) => [userId, gateway]))
  for (const client of clients) {
    client.hear = ({ type, client_msg_id: id = '', user_id: sender = '', text = '', code }) => {
      if (type === 'message.ack') {
        const one = waiting.get(id)
        if (one === undefined) return
        one.ackedUs = nowUs()
        waiting.delete(id)
      } else if (type === 'message.new') {
        if (gatewayOf.get(sender) !== client.gateway) shown.push(ageMs(text))
      } else if (type === 'error') refused = code ?? 'unknown'
    }
  }
  const others = othersShown(clients)
  const total = Math.max(1, Math.round(perS * seconds))
  let expected = 0
  let dueUs = nowUs()
  for (let i = 0; i < total && !isOver(); ) {
    while (i < total && dueUs <= nowUs()) {
      const client = clients[i % clients.length]
      if (client === undefined) throw new Error('nobody is there to send')
      const id = uuidV7(Date.now())
      const one: Sent = { channelId: client.channelId, atUs: nowUs() }
      waiting.set(id, one)
      sent.push(one)
      client.send([{ id, text: stampedText() }])
      expected += others(client)
      i += 1
      // half a beat either way, so that nothing keeps step with a beat of ours
      dueUs += (1_000_000 / perS) * (0.5 + Math.random())
    }
    await rest(TICK_MS)
  }
  await until(`${sent.length} messages to be answered and shown`, SETTLE_TIMEOUT_MS, () => {
    if (refused !== undefined) throw new Error(`a message was refused: ${refused}`)
    return waiting.size === 0 && shown.length >= expected
  })
  const acks = sent.map(({ atUs, ackedUs = Number.NaN }) => (ackedUs - atUs) / 1_000)
  return { sent, acks: new Timings(acks), shown: new Timings(shown) }
}

/** How many members at other gateways are shown what a client says. */
function othersShown(clients: readonly Client[]): (client: Client) => number {
  const counts = new Map<string, number>()
  const keyOf = ({ channelId, gateway }: Client) => `${channelId} ${gateway}`
  for (const client of clients) {
    counts.set(keyOf(client), (counts.get(keyOf(client)) ?? 0) + 1)
    counts.set(client.channelId, (counts.get(client.channelId) ?? 0) + 1)
  }
  return (client) => (counts.get(client.channelId) ?? 0) - (counts.get(keyOf(client)) ?? 0)
}
