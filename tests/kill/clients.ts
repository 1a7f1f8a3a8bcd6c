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
}

const { url, journal, channelIds, tokens } = JSON.parse(process.argv[2] ?? '') as ClientsTask
const file = openSync(journal, 'a')
const write = (line: Line): void => appendFileSync(file, `${JSON.stringify(line)}\n`)
const now = (): number => performance.timeOrigin + performance.now()

interface Sender {
  readonly name: string
  readonly client: Client
  readonly channels: readonly Channel[]
  readonly unsettled: Set<Promise<void>>
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
  return { name, client, channels, unsettled: new Set() }
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
  const tracked: Promise<void> = Promise.resolve(settled).then(() => {
    sender.unsettled.delete(tracked)
    step(sender, channel)
  })
  sender.unsettled.add(tracked)
}

/** Each client keeps a few sends under way in each channel: the next goes when one has settled. */
function step(sender: Sender, channel: Channel): void {
  if (sending) setTimeout(() => sending && send(sender, channel), 20 * Math.random())
}

const senders = Object.entries(tokens).map(open)
for (const sender of senders) {
  for (const channel of sender.channels) for (let i = 0; i < 2; i++) step(sender, channel)
}

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
process.send?.('ready')
