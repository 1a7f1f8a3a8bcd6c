import { createClient } from '@tidings/sdk'
import type { Ack } from '../frames/run.js'
import type { FuzzTarget, Measured } from './target.js'

interface Page {
  readonly messages: readonly {
    readonly channel_seq: number
    readonly user_id?: string
    readonly client_msg_id?: string
  }[]
  readonly to_seq: number
  readonly has_newer: boolean
}

/** I1, I2, I3: what is wrong with the channels, held against every ack that a client saw. */
export async function wrongInChannels(target: FuzzTarget, acks: readonly Ack[]): Promise<string[]> {
  const wrong: string[] = []
  const stored = new Map<string, number>()
  for (const channelId of new Set(target.targets.map((one) => one.channelId))) {
    let expected = 1
    for (let after = 0; ; ) {
      const page = await history(target, channelId, after)
      for (const { channel_seq, user_id, client_msg_id } of page.messages) {
        if (channel_seq !== expected)
          wrong.push(`${channelId}: ${channel_seq} instead of ${expected}`)
        expected = channel_seq + 1
        const key = JSON.stringify([channelId, user_id, client_msg_id])
        if (stored.has(key)) wrong.push(`${key} stands at ${stored.get(key)} and ${channel_seq}`)
        stored.set(key, channel_seq)
      }
      after = page.to_seq
      if (!page.has_newer) break
    }
  }
  for (const { channelId, userId, clientMsgId, seq } of acks) {
    const at = stored.get(JSON.stringify([channelId, userId, clientMsgId]))
    if (at !== seq)
      wrong.push(
        `${channelId} ${userId} ${clientMsgId} was acknowledged as ${seq}, stands at ${at}`,
      )
  }
  return wrong
}

async function history(target: FuzzTarget, channelId: string, after: number): Promise<Page> {
  const path = `/v1/channels/${encodeURIComponent(channelId)}/messages?after=${after}&limit=100`
  const answer = await askPatiently(target, path)
  if (answer.status !== 200) throw new Error(`history answered ${answer.status}`)
  return ((await answer.json()) as { data: Page }).data
}

/** Asks with the server key, and again as long as it is told to come back later: a window must pass. */
export async function askPatiently(target: FuzzTarget, path: string): Promise<Response> {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await fetch(`${target.url}${path}`, {
      headers: { authorization: `Bearer ${target.serverKey}` },
    })
    if (answer.status !== 429) return answer
    const seconds = Number(answer.headers.get('retry-after'))
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
  }
  throw new Error(`the limit on ${path} never ends`)
}

/** Two normal clients chat; resolves to what the second was shown, once it was shown everything. */
export async function chat(target: FuzzTarget, texts: readonly string[]): Promise<string[]> {
  const open = (userId: string) =>
    createClient({
      url: `${target.url.replace('http', 'ws')}/v1/ws`,
      userId,
      storage: 'memory',
      getToken: async () => target.tokenOf(userId),
    })
  const [sender, reader] = [open('frames-0'), open('frames-2')]
  try {
    const shown: string[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    reader.channel('f0').on('message', ({ text }) => {
      shown.push(text ?? '')
      if (shown.length === texts.length) resolve()
    })
    await reader.channel('f0').ready()
    for (const text of texts) await sender.channel('f0').send(text)
    await promise
    return shown
  } finally {
    await Promise.all([sender.close(), reader.close()])
  }
}

const MIB = 1024 * 1024
/** Caches fill up to their bounds; what grows beyond that grows for ever. */
const HEAP_MAX_GROWTH = 80 * MIB
const RSS_MAX_GROWTH = 256 * MIB

/** I7: what has grown between two measurements under the same load. */
export function growth(before: Measured, after: Measured): string[] {
  const grown: string[] = []
  const heap = after.heapUsed + after.external - before.heapUsed - before.external
  if (heap > HEAP_MAX_GROWTH) grown.push(`the heap by ${Math.round(heap / MIB)} MiB`)
  const rss = after.rss - before.rss
  if (rss > RSS_MAX_GROWTH) grown.push(`the process by ${Math.round(rss / MIB)} MiB`)
  return grown
}

/** Resolves when nothing is open that was not open before; throws with what still is. */
export async function handlesAsBefore(target: FuzzTarget, before: Measured): Promise<void> {
  const deadline = performance.now() + 20_000
  for (;;) {
    const { handles } = await target.measure()
    const more = Object.entries(handles).filter(
      ([name, count]) =>
        !/Timeout|Immediate|FSReq|Pipe/.test(name) && count > (before.handles[name] ?? 0),
    )
    if (more.length === 0) return
    if (performance.now() > deadline) throw new Error(`still open: ${JSON.stringify(more)}`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

export const inMiB = ({ heapUsed, external, rss }: Measured): string =>
  `heap ${Math.round((heapUsed + external) / MIB)} MiB, process ${Math.round(rss / MIB)} MiB`
