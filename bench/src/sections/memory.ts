import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median, residentKib } from '../cpu.js'
import { greetAll } from '../load/greet.js'
import { startCentrifugo } from '../peers/centrifugo.js'
import * as dialects from '../peers/dialects.js'
import { type RunningPeer, startPeer } from '../peers/peer.js'
import type { Peer, Section } from './section.js'

/** What is allocated for the first ones is not counted. */
const FIRST = 1_000
const MORE = 4_000

/**
 * V8 doubles its young generation when much survives in it, and touches what it has only by and by. Where such steps
 * fall decides the figure and says nothing of connections, so every server in Node has a small one from the start.
 */
const YOUNG_GENERATION = ['--min-semi-space-size=4', '--max-semi-space-size=4']

const bare: Peer = {
  name: 'bare ws',
  dialect: dialects.handmade,
  start: () => startPeer('./bare-ws.ts', [], YOUNG_GENERATION),
}
/** On a folder that was filled by another process: what filling it took is no part of what connections take. */
const tidings: Peer = {
  name: 'Tidings',
  dialect: dialects.tidings,
  async start() {
    const folder = mkdtempSync(join(tmpdir(), 'memory-bench-'))
    const filling = await startPeer('./tidings.ts', ['1', String(FIRST + MORE), folder])
    await filling.stop()
    const server = await startPeer('./tidings.ts', ['0', '0', folder], YOUNG_GENERATION)
    return {
      ...server,
      async stop() {
        await server.stop()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  },
}
const socketio: Peer = {
  name: 'Socket.IO',
  dialect: dialects.socketio,
  start: () => startPeer('./socketio.ts', [], YOUNG_GENERATION),
}

/** Resident memory of the server for each connection that has said hello and is idle. */
async function perConnection(peer: Peer): Promise<number> {
  const server = await peer.start()
  try {
    const first = await greetAll(server.port, peer.dialect, FIRST)
    const before = await resident(server)
    const more = await greetAll(server.port, peer.dialect, MORE, { from: FIRST })
    const each = ((await resident(server)) - before) / MORE
    for (const socket of [...first, ...more]) socket.close()
    return each
  } finally {
    await server.stop()
  }
}

async function resident(server: RunningPeer): Promise<number> {
  await rest(2_000)
  return residentKib(server.pid)
}

const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export const memory: Section = {
  name: 'memory',
  async run(options) {
    const { centrifugo: binary } = options
    const peers = [tidings, bare, socketio]
    if (binary !== undefined) {
      peers.push({
        name: 'Centrifugo',
        dialect: dialects.centrifugo,
        start: () => startCentrifugo(binary),
      })
    }
    const figures = new Map<string, number[]>(peers.map(({ name }) => [name, []]))
    for (let repeat = 0; repeat < options.repeats; repeat++) {
      for (const peer of peers) {
        const each = await perConnection(peer)
        figures.get(peer.name)?.push(each)
        options.onProgress(`${peer.name}: ${each.toFixed(1)} KiB for each idle connection`)
      }
    }
    const of = (name: string): readonly number[] => figures.get(name) ?? []
    const ratioTo = (name: string): number =>
      median(of('Tidings').map((each, i) => each / (of(name)[i] ?? Number.NaN)))
    const goals = [
      { against: 'bare ws', atMost: 1.3 },
      { against: 'Centrifugo', atMost: 0.5 },
    ].filter(({ against }) => figures.has(against))
    return [
      {
        measure: `memory of ${MORE} idle connections beside ${FIRST}`,
        unit: 'KiB for each',
        figures: Object.fromEntries(peers.map(({ name }) => [name, median(of(name))])),
        ratios: goals.map(({ against, atMost }) => {
          const ratio = ratioTo(against)
          return { against, ratio, goal: `≤ ${atMost} ×`, met: ratio <= atMost }
        }),
      },
    ]
  },
}
