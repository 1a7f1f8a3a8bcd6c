import { median } from '../cpu.js'
import { greetAll } from '../load/greet.js'
import { LoadSocket, MARKER } from '../load/socket.js'
import { handmade, tidings } from '../peers/dialects.js'
import { type RunningPeer, startPeer } from '../peers/peer.js'
import { until } from '../until.js'
import type { Row, Section } from './section.js'

const CLIENTS = 5_000
const CHANNELS = 5
const BEHIND = 10
const UNDER_WAY = 200
const STORE_READS = /^tidings_backfills_total\{tier="store"\} (\d+)$/m
const GONE_WITHIN_MS = 60_000
const KEY = 'a-key-for-the-benchmark-of-32-characters'

interface Storm {
  readonly seconds: number
  readonly storeReads: number
}

/** Two storms of the same clients: on a server that has just started, and on one that has served them before. */
interface Storms {
  readonly first: Storm
  readonly again: Storm
}

async function storms(): Promise<Storms> {
  const server = await startPeer('./tidings.ts', [String(CHANNELS), '1'])
  try {
    for (let c = 0; c < CHANNELS; c++) {
      for (let i = 0; i < CHANNELS; i++) await put(server, `/v1/channels/c${c}/members/u${i}`)
    }
    const first = await storm(server)
    await until('everybody to be gone', GONE_WITHIN_MS, async () => {
      return (await metric(server, /^tidings_connections (\d+)$/m)) === 0
    })
    return { first, again: await storm(server) }
  } finally {
    await server.stop()
  }
}

/** Everybody comes back at once, ten messages behind in each of five channels that all share. */
async function storm(server: RunningPeer): Promise<Storm> {
  const positions: Record<string, number> = {}
  for (let c = 0; c < CHANNELS; c++) {
    for (let i = 0; i < BEHIND; i++) {
      const message = { text: `${MARKER} ${i}`, user_id: 'u0' }
      const seq = await post(server, `/v1/channels/c${c}/messages`, message)
      positions[`c${c}`] ??= seq - 1
    }
  }
  const before = await metric(server, STORE_READS)
  const startedAt = performance.now()
  let next = 0
  const sockets: LoadSocket[] = []
  const work = async (): Promise<void> => {
    while (next < CLIENTS) sockets.push(await comeBack(server.port, next++, positions))
  }
  await Promise.all(Array.from({ length: UNDER_WAY }, work))
  const seconds = (performance.now() - startedAt) / 1000
  const storeReads = (await metric(server, STORE_READS)) - before
  for (const socket of sockets) socket.close()
  return { seconds, storeReads }
}

/** Says hello with its old positions, asks for what is missing in each channel, two at a time, and gets it. */
async function comeBack(
  port: number,
  index: number,
  positions: Readonly<Record<string, number>>,
): Promise<LoadSocket> {
  const socket = await LoadSocket.open({
    port,
    path: tidings.path,
    protocols: tidings.protocols ?? [],
  })
  const channelIds = Object.keys(positions)
  const hello = {
    type: 'hello',
    last_seq_map: positions,
    device_id: `d${index}`,
    token: `u${index % CHANNELS}`,
  }
  const greeted = socket.waitFor((answer) => answer.includes('"hello_ack"'))
  socket.send(JSON.stringify(hello))
  await greeted
  for (let c = 0; c < CHANNELS; c += 2) {
    const wanted = channelIds.slice(c, c + 2)
    const expected = socket.received + wanted.length * BEHIND
    socket.send(
      JSON.stringify(
        wanted.map((channelId) => ({
          type: 'backfill.request',
          ref: channelId,
          channel_id: channelId,
          after_seq: positions[channelId],
          direction: 'forward',
          limit: 100,
        })),
      ),
    )
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (socket.received < expected) return
        socket.onCount = undefined
        resolve()
      }
      socket.onCount = look
      look()
    })
  }
  return socket
}

async function bareHandshakes(): Promise<{ readonly first: number; readonly again: number }> {
  const server = await startPeer('./bare-ws.ts')
  const all = async (): Promise<number> => {
    const startedAt = performance.now()
    const sockets = await greetAll(server.port, handmade, CLIENTS, { underWay: UNDER_WAY })
    const seconds = (performance.now() - startedAt) / 1000
    for (const socket of sockets) socket.close()
    return seconds
  }
  try {
    return { first: await all(), again: await all() }
  } finally {
    await server.stop()
  }
}

const ask = (
  server: RunningPeer,
  method: string,
  path: string,
  body?: unknown,
): Promise<Response> =>
  fetch(`http://127.0.0.1:${server.port}${path}`, {
    method,
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
/** Resolves to the number that the message got. */
async function post(server: RunningPeer, path: string, body: unknown): Promise<number> {
  const answer = await ask(server, 'POST', path, body)
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`)
  return ((await answer.json()) as { data: { channel_seq: number } }).data.channel_seq
}
async function put(server: RunningPeer, path: string): Promise<void> {
  const answer = await ask(server, 'PUT', path, {})
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`)
}
async function metric(server: RunningPeer, pattern: RegExp): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text()
  return Number(pattern.exec(text)?.[1] ?? 0)
}

const TIMES = [
  {
    key: 'again',
    name: `${CLIENTS} clients come back to a server that served them, ${BEHIND} behind in ${CHANNELS} channels`,
  },
  { key: 'first', name: 'the same to a server that has just started' },
] as const

export const reconnect: Section = {
  name: 'reconnect',
  async run(options) {
    const all: { readonly ours: Storms; readonly bare: Record<keyof Storms, number> }[] = []
    for (let repeat = 0; repeat < options.repeats; repeat++) {
      const one = { ours: await storms(), bare: await bareHandshakes() }
      all.push(one)
      for (const { key } of TIMES) {
        const { seconds, storeReads } = one.ours[key]
        options.onProgress(
          `${CLIENTS} clients, ${key}: ${seconds.toFixed(2)} s with ${storeReads} store reads; bare handshakes ${one.bare[key].toFixed(2)} s`,
        )
      }
    }
    const reads = Math.max(
      ...all.flatMap(({ ours }) => [ours.first.storeReads, ours.again.storeReads]),
    )
    return [
      ...TIMES.map(({ key, name }): Row => {
        const ratio = median(all.map(({ ours, bare }) => ours[key].seconds / bare[key]))
        return {
          measure: name,
          unit: 'seconds',
          figures: {
            Tidings: median(all.map(({ ours }) => ours[key].seconds)),
            'bare handshakes': median(all.map(({ bare }) => bare[key])),
          },
          ratios: [{ against: 'bare handshakes', ratio, goal: '≤ 2 ×', met: ratio <= 2 }],
        }
      }),
      {
        measure: 'pages read from the store by all of them (most of any time)',
        unit: 'reads',
        figures: { Tidings: reads },
        ratios: [
          {
            against: 'one for each channel',
            ratio: reads / CHANNELS,
            goal: '≤ 1 ×',
            met: reads <= CHANNELS,
          },
        ],
      },
    ]
  },
}
