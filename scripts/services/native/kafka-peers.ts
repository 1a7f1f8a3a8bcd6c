import { hostname } from 'node:os'
import { PeerNetworks, together } from '../proxy/network.js'
import type { Run } from '../run/run.js'

interface Peer {
  readonly id: number
  readonly name: string
  readonly peerPort: number
  readonly controllerPort: number
}

/** The name under which brokers know each other; what it means to each of them says its own hosts file. */
export const peerName = ({ name }: Pick<Peer, 'name'>): string => `${name}.test`

/** All that this broker's JVM can resolve: a way of its own to each of the others, if there are such ways. */
export function hostsFile(from: Peer, all: readonly Peer[], isProxied: boolean): string {
  const peers = all.map((to) => {
    const address = isProxied && to.id !== from.id ? wayAddress(from.id, to.id) : '127.0.0.1'
    return `${address} ${peerName(to)}\n`
  })
  return `127.0.0.1 localhost\n127.0.0.1 ${hostname()}\n${peers.join('')}`
}

/** A proxy for each broker, each of its peers and each of the two ports they use. */
export async function openPeerNetworks(
  run: Run,
  all: readonly Peer[],
): Promise<PeerNetworks | undefined> {
  if (!run.isProxied) return undefined
  const ways = new Map<string, Awaited<ReturnType<Run['proxy']>>[]>()
  for (const from of all) {
    for (const to of all) {
      if (from === to) continue
      const address = wayAddress(from.id, to.id)
      const open = (port: number) => run.proxy(address, port, `127.0.0.1:${port}`)
      ways.set(address, await Promise.all([open(to.peerPort), open(to.controllerPort)]))
    }
  }
  return new PeerNetworks(all.length, (from, to) => together(ways.get(wayAddress(from, to)) ?? []))
}

const wayAddress = (from: number, to: number): string => `127.1.${from}.${to}`
