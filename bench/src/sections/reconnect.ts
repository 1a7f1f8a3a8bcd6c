import { median } from '../cpu.js'
import { greetAll } from '../load/greet.js'
import { LoadSocket, MARKER } from '../load/socket.js'
import { handmade, tidings } from '../peers/dialects.js'
import { type RunningPeer, startPeer } from '../peers/peer.js'
import type { Row, Section } from './section.js'

const CLIENTS = 5_000
const CHANNELS = 5
const BEHIND = 10
const UNDER_WAY = 200
const KEY = 'a-key-for-the-benchmark-of-32-characters'

/** Everybody comes back at once, ten messages behind in each of five channels that all share. */
async function storm(): Promise<{ seconds: number; storeReads: number }> {
  const server = await startPeer('./tidings.ts', [String(CHANNELS), '1'])
  try {
    for (let c = 0; c < CHANNELS; c++) {
      for (let i = 0; i < BEHIND; i++) {
        await post(server, `/v1/channels/c${c}/messages`, { text: `${MARKER} ${i}`, user_id: 'u0' })
      }
      for (let i = 0; i < CHANNELS; i++) await put(server, `/v1/channels/c${c}/members/u${i}`)
    }
    const before = await storeReads(server)
    const startedAt = performance.now()
    let next = 0
    const sockets: LoadSocket[] = []
    const work = async (): Promise<void> => {
      while (next < CLIENTS) sockets.push(await comeBack(server.port, next++))
    }
    await Promise.all(Array.from({ length: UNDER_WAY }, work))
    const seconds = (performance.now() - startedAt) / 1000
    const reads = (await storeReads(server)) - before
    for (const socket of sockets) socket.close()
    return { seconds, storeReads: reads }
  } finally {
    await server.stop()
  }
}

/** Says hello with its old positions, asks for what is missing in each channel, two at a time, and gets it. */
async function comeBack(port: number, index: number): Promise<LoadSocket> {
  const socket = await LoadSocket.open({
    port,
    path: tidings.path,
    protocols: tidings.protocols ?? [],
  })
  const channelIds = Array.from({ length: CHANNELS }, (_, c) => `c${c}`)
  const hello = {
    type: 'hello',
    last_seq_map: Object.fromEntries(channelIds.map((channelId) => [channelId, 1])),
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
          after_seq: 1,
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

async function bareHandshakes(): Promise<number> {
  const server = await startPeer('./bare-ws.ts')
  try {
    const startedAt = performance.now()
    const sockets = await greetAll(server.port, handmade, CLIENTS, { underWay: UNDER_WAY })
    const seconds = (performance.now() - startedAt) / 1000
    for (const socket of sockets) socket.close()
    return seconds
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
async function post(server: RunningPeer, path: string, body: unknown): Promise<void> {
  const answer = await ask(server, 'POST', path, body)
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`)
}
async function put(server: RunningPeer, path: string): Promise<void> {
  const answer = await ask(server, 'PUT', path, {})
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`)
}
async function storeReads(server: RunningPeer): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text()
  return Number(/^tidings_backfills_total\{tier="store"\} (\d+)$/m.exec(text)?.[1] ?? 0)
}

export const reconnect: Section = {
  name: 'reconnect',
  async run(options) {
    const storms: { seconds: number; storeReads: number }[] = []
    const bare: number[] = []
    for (let repeat = 0; repeat < options.repeats; repeat++) {
      storms.push(await storm())
      bare.push(await bareHandshakes())
      options.onProgress(
        `${CLIENTS} clients back in ${storms.at(-1)?.seconds.toFixed(1)} s with ${storms.at(-1)?.storeReads} store reads; bare handshakes ${bare.at(-1)?.toFixed(1)} s`,
      )
    }
    const reads = Math.max(...storms.map((one) => one.storeReads))
    const ratio = median(storms.map((one, i) => one.seconds / (bare[i] ?? Number.NaN)))
    const rows: Row[] = [
      {
        measure: `${CLIENTS} clients come back, ${BEHIND} behind in ${CHANNELS} channels`,
        unit: 'seconds',
        figures: {
          Tidings: median(storms.map((one) => one.seconds)),
          'bare handshakes': median(bare),
        },
        ratios: [{ against: 'bare handshakes', ratio, goal: '≤ 2 ×', met: ratio <= 2 }],
      },
      {
        measure: 'pages read from the store by all of them (most of any repeat)',
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
    return rows
  },
}
