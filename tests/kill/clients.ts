/**
 * A process of SDK clients that send all the time, and write down what they sent, what was acknowledged and what
 * they were shown. `stop` ends the sending; it answers `settled` when every send has, and everybody has seen
 * the heads that it is told.
 */
import { appendFileSync, openSync } from 'node:fs'
import { type Channel, type Client, createClient } from '@tidings/sdk'
import type { Line } from './history.js'

/** What such a process is told, as JSON. */
export interface ClientsTask {
  /** Of the server, or of what stands before it. */
  readonly url: string
  /** The file into which it writes. */
  readonly journal: string
  readonly channelIds: readonly string[]
  /** One client for each user. */
  readonly tokens: Readonly<Record<string, string>>
  /**
   * Each channel is sent to at this interval, by one client after the other, each of whom has at most one send under
   * way in it. Left out: as fast as they can.
   */
  readonly everyMs?: number
}

const { url, journal, channelIds, tokens, everyMs } = JSON.parse(
  process.argv[2] ?? '',
) as ClientsTask
const file = openSync(journal, 'a')
const write = (line: Line): void => appendFileSync(file, `${JSON.stringify(line)}\n`)
const now = (): number => performance.timeOrigin + performance.now()

interface Sender {
  readonly name: string
  readonly client: Client
  readonly channels: readonly Channel[]
  readonly unsettled: Set<Promise<void>>
  /** Channels in which a send has not settled. */
  readonly waiting: Set<Channel>
}
let sending = true
const acknowledged: Record<string, number> = {}
/** The highest number that a client was shown in a channel. */
const shownTo = new Map<string, number>()

function open([userId, token]: readonly [string, string], n: number): Sender {
  const name = `${userId}/${n}`
  const client = createClient({
    url: `${url.replace('http', 'ws')}/v1/ws`,
    userId,
    storage: 'memory',
    catchUp: 'all',
    outbox: { pipeline: 1 },
    getToken: async () => token,
  })
  const channels = channelIds.map((channelId) => {
    const channel = client.channel(channelId)
    channel.on('message', (message) => {
      const { epoch, channelSeq: seq, clientMsgId, messageId, text } = message
      shownTo.set(`${name} ${channelId}`, seq)
      write({
        kind: 'shown',
        at: now(),
        client: name,
        channel: channelId,
        epoch,
        seq,
        userId: message.userId,
        clientMsgId,
        messageId,
        text,
      })
    })
    channel.on('gap', ({ fromSeq, toSeq }) =>
      write({ kind: 'gap', client: name, channel: channelId, from: fromSeq, to: toSeq }),
    )
    return channel
  })
  return { name, client, channels, unsettled: new Set(), waiting: new Set() }
}

let count = 0
function send(sender: Sender, channel: Channel): void {
  const text = `message ${++count} of ${sender.name}`
  const sending = channel.send(text)
  const { clientMsgId } = sending
  write({ kind: 'sent', at: now(), client: sender.name, channel: channel.id, clientMsgId, text })
  const settled = sending.then(
    ({ channelSeq: seq = 0, messageId }) => {
      acknowledged[channel.id] = Math.max(acknowledged[channel.id] ?? 0, seq)
      write({
        kind: 'acked',
        at: now(),
        client: sender.name,
        channel: channel.id,
        clientMsgId,
        seq,
        messageId,
      })
    },
    (error: unknown) =>
      write({ kind: 'rejected', client: sender.name, clientMsgId, reason: String(error) }),
  )
  sender.waiting.add(channel)
  const tracked: Promise<void> = Promise.resolve(settled).then(() => {
    sender.unsettled.delete(tracked)
    sender.waiting.delete(channel)
    if (everyMs === undefined) step(sender, channel)
  })
  sender.unsettled.add(tracked)
}

/** Each client keeps a few sends under way in each channel: the next goes when one has settled. */
function step(sender: Sender, channel: Channel): void {
  if (sending) setTimeout(() => sending && send(sender, channel), 20 * Math.random())
}

/** The next client that waits for nothing in the channel sends; when all of them wait, nobody does. */
function beat(index: number, from: number): void {
  if (!sending) return
  for (let i = 0; i < senders.length; i++) {
    const turn = (from + i) % senders.length
    const sender = senders[turn]
    const channel = sender?.channels[index]
    if (sender === undefined || channel === undefined || sender.waiting.has(channel)) continue
    send(sender, channel)
    setTimeout(beat, everyMs, index, turn + 1)
    return
  }
  setTimeout(beat, everyMs, index, from)
}

const senders = Object.entries(tokens).map(open)
if (everyMs === undefined) {
  for (const sender of senders) {
    for (const channel of sender.channels) for (let i = 0; i < 2; i++) step(sender, channel)
  }
} else for (const index of channelIds.keys()) setTimeout(beat, everyMs * Math.random(), index, 0)

/** Resolves to the highest number that was acknowledged here, by channel. */
async function settle(): Promise<void> {
  sending = false
  for (const sender of senders)
    while (sender.unsettled.size > 0) await Promise.all(sender.unsettled)
  process.send?.({ settled: acknowledged })
}

/** Ends when everybody was shown the last message of every channel. */
async function end(heads: Readonly<Record<string, number>>): Promise<void> {
  const behind = (): boolean =>
    senders.some(({ name }) =>
      channelIds.some(
        (channelId) => (shownTo.get(`${name} ${channelId}`) ?? 0) < (heads[channelId] ?? 0),
      ),
    )
  while (behind()) await new Promise((resolve) => setTimeout(resolve, 20))
  await Promise.all(senders.map(({ client }) => client.close()))
  process.send?.('ended')
  process.disconnect()
}

process.on('message', (message) => {
  if (message === 'settle') void settle()
  else void end((message as { end: Record<string, number> }).end)
})
// whoever started it is gone
process.once('disconnect', () => process.exit())
process.send?.('ready')
