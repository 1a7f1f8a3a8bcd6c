import { median } from '../cpu.js'
import { ChannelLoad, type Pattern } from '../load/channel.js'
import { startCentrifugo } from '../peers/centrifugo.js'
import * as dialects from '../peers/dialects.js'
import { startPeer } from '../peers/peer.js'
import type { BenchOptions, Peer, Row, Section } from './section.js'

const SUBSCRIBERS = 500

const handmade: Peer = {
  name: 'hand-made ws',
  dialect: dialects.handmade,
  start: () => startPeer('./handmade.ts'),
}
/** The same with as many bytes for each message as Tidings sends: what both must write is not in the ratio. */
const handmadeWhole: Peer = {
  name: 'hand-made ws, as many bytes',
  dialect: dialects.handmade,
  start: () => startPeer('./handmade.ts', ['whole']),
}
const durable: Peer = {
  name: 'hand-made durable',
  dialect: dialects.handmade,
  start: () => startPeer('./handmade-durable.ts'),
}
const socketio: Peer = {
  name: 'Socket.IO',
  dialect: dialects.socketio,
  start: () => startPeer('./socketio.ts'),
}
const stage: Peer = {
  name: 'Tidings',
  dialect: dialects.tidings,
  start: () => startPeer('./tidings-fan-out.ts'),
}
const whole: Peer = {
  name: 'Tidings',
  dialect: dialects.tidings,
  start: () => startPeer('./tidings.ts', ['1', String(SUBSCRIBERS)]),
}
const centrifugo = (binary: string): Peer => ({
  name: 'Centrifugo',
  dialect: dialects.centrifugo,
  start: () => startCentrifugo(binary),
})

interface Goal {
  readonly against: string
  readonly atLeast: number
}
interface Line {
  readonly pattern: Pattern
  readonly goals: readonly Goal[]
}

/** Deliveries for each second of the server's processor time, every peer in each repeat. */
function deliveries(
  name: string,
  ours: Peer,
  peers: readonly Peer[],
  lines: readonly Line[],
): Section {
  return {
    name,
    async run(options) {
      const taking = [
        ours,
        ...peers,
        ...(options.centrifugo === undefined ? [] : [centrifugo(options.centrifugo)]),
      ]
      const rows: Row[] = []
      for (const { pattern, goals } of lines) {
        const repeats: Map<string, number>[] = []
        for (let repeat = 0; repeat < options.repeats; repeat++) {
          const figures = new Map<string, number>()
          for (const peer of taking) figures.set(peer.name, await measure(peer, pattern, options))
          repeats.push(figures)
        }
        rows.push(rowOf(`${name}, ${pattern}`, taking, repeats, goals))
      }
      return rows
    },
  }
}

async function measure(peer: Peer, pattern: Pattern, options: BenchOptions): Promise<number> {
  const server = await peer.start()
  // what has no sequencer publishes as its clients do
  const asked =
    peer.name === 'Tidings' || peer.name.startsWith('hand')
      ? pattern
      : (pattern.replace('injected ', '') as Pattern)
  try {
    const load = await ChannelLoad.join(server, peer.dialect, SUBSCRIBERS)
    await load.run(asked, options.seconds / 4)
    const { deliveries, cpuSeconds } = await load.run(asked, options.seconds)
    load.close()
    const figure = deliveries / cpuSeconds
    options.onProgress(
      `${peer.name}, ${pattern}: ${Math.round(figure / 1000)} k deliveries per CPU second`,
    )
    return figure
  } finally {
    await server.stop()
  }
}

function rowOf(
  measure: string,
  peers: readonly Peer[],
  repeats: readonly Map<string, number>[],
  goals: readonly Goal[],
): Row {
  const of = (repeat: Map<string, number>, name: string): number => repeat.get(name) ?? Number.NaN
  return {
    measure,
    unit: 'deliveries per server CPU second',
    figures: Object.fromEntries(
      peers.map(({ name }) => [name, median(repeats.map((repeat) => of(repeat, name)))]),
    ),
    ratios: goals
      .filter(({ against }) => peers.some(({ name }) => name === against))
      .map(({ against, atLeast }) => {
        const ratio = median(repeats.map((repeat) => of(repeat, 'Tidings') / of(repeat, against)))
        return { against, ratio, goal: `≥ ${atLeast} ×`, met: ratio >= atLeast }
      }),
  }
}

/** Events are injected after the sequencer: what delivering alone costs. */
export const fanOutStage = deliveries(
  'fan-out stage',
  stage,
  [handmade, handmadeWhole, socketio],
  [
    {
      pattern: 'injected burst',
      goals: [
        { against: 'Socket.IO', atLeast: 15 },
        { against: 'Centrifugo', atLeast: 4 },
        { against: 'hand-made ws', atLeast: 0.9 },
        { against: 'hand-made ws, as many bytes', atLeast: 0.9 },
      ],
    },
    { pattern: 'spread', goals: [{ against: 'Centrifugo', atLeast: 4 }] },
    {
      pattern: 'injected single',
      goals: [
        { against: 'Socket.IO', atLeast: 1.5 },
        { against: 'Centrifugo', atLeast: 1.5 },
      ],
    },
  ],
)

/** From a client's send to everybody's socket, stored on the way; the peers store nothing. */
export const durablePath = deliveries(
  'durable path',
  whole,
  [durable, socketio],
  [
    {
      pattern: 'burst',
      goals: [
        { against: 'Socket.IO', atLeast: 10 },
        { against: 'Centrifugo', atLeast: 2.5 },
        { against: 'hand-made durable', atLeast: 0.8 },
      ],
    },
    {
      pattern: 'single',
      goals: [
        { against: 'Socket.IO', atLeast: 1.1 },
        { against: 'Centrifugo', atLeast: 1.1 },
        { against: 'hand-made durable', atLeast: 0.8 },
      ],
    },
  ],
)
