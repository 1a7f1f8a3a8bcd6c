import { median, residentKib } from '../cpu.js'
import { greetAll } from '../load/greet.js'
import { startCentrifugo } from '../peers/centrifugo.js'
import * as dialects from '../peers/dialects.js'
import { startPeer } from '../peers/peer.js'
import type { Peer, Section } from './section.js'

const CONNECTIONS = 2_000

const bare: Peer = {
  name: 'bare ws',
  dialect: dialects.handmade,
  start: () => startPeer('./bare-ws.ts'),
}
const tidings: Peer = {
  name: 'Tidings',
  dialect: dialects.tidings,
  start: () => startPeer('./tidings.ts', ['1', String(CONNECTIONS)]),
}
const socketio: Peer = {
  name: 'Socket.IO',
  dialect: dialects.socketio,
  start: () => startPeer('./socketio.ts'),
}

/** Resident memory of the server for each connection that has said hello and is idle. */
async function perConnection(peer: Peer): Promise<number> {
  const server = await peer.start()
  try {
    // what is only allocated once is there before it is counted
    for (const socket of await greetAll(server.port, peer.dialect, 200)) socket.close()
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    const before = residentKib(server.pid)
    const sockets = await greetAll(server.port, peer.dialect, CONNECTIONS)
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    const each = (residentKib(server.pid) - before) / CONNECTIONS
    for (const socket of sockets) socket.close()
    return each
  } finally {
    await server.stop()
  }
}

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
        measure: `memory of ${CONNECTIONS} idle connections`,
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
