import type { ServerEnvironment } from '../../ports/environment.js'
import type { Processes } from '../../ports/processes.js'
import type { PushBus, PushReceiver } from '../../ports/push.js'
import { type BusSecurity, requireSecurity } from './credentials.js'
import { Peer, type PeerLimits, PeerRefused } from './peer.js'
import { Peers } from './peers.js'
import { stayListed } from './presence.js'
import { listenForPushes } from './server.js'

export interface GrpcPushBusOptions extends PeerLimits {
  readonly environment: ServerEnvironment
  /** Which processes there are, and where. */
  readonly processes: Processes
  /** The address to listen on. Without a secret or TLS only one of this machine is allowed. */
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** The host under which others reach this process. @default `host` */
  readonly advertisedHost?: string | undefined
  readonly security: BusSecurity
  /** How often the list of processes is read. @default 1,000 */
  readonly refreshIntervalMs?: number
  /** How long a removal may wait for a process that does not answer, until its lease is over. @default 30,000 */
  readonly confirmTimeoutMs?: number
  /** A push was given up before it was sent (I7). */
  readonly onDropped?: (processId: string, why: 'full' | 'open') => void
  readonly onCircuit?: (processId: string, isOpen: boolean) => void
  /** Something was waited out, or a push could not be taken. */
  readonly onError?: (error: unknown) => void
}

export interface GrpcPushBus extends PushBus {
  /** Where others reach this process. */
  readonly address: string
  /** Leaves the list of processes and ends every stream. Idempotent. */
  close(): Promise<void>
}

/** The largest message that is taken: parts are made far smaller, but one event alone is never cut. */
const MESSAGE_MAX_BYTES = 4 * 1024 * 1024
const PAUSE_MIN_MS = 100
const PAUSE_MAX_MS = 1_000

/**
 * The push bus between processes, over gRPC. Rejects with BusListenError where it may not, or cannot, listen.
 * Pushes to a process that is in this one are calls.
 */
export async function createGrpcPushBus(options: GrpcPushBusOptions): Promise<GrpcPushBus> {
  const { environment, processes, host, security, confirmTimeoutMs = 30_000 } = options
  const onError = (error: unknown): void => options.onError?.(error)
  const receivers = new Map<string, PushReceiver>()
  const listed = new Map<string, () => Promise<void>>()
  const leaving = new Map<string, Promise<void>>()
  const pauses = new Map<unknown, () => void>()
  requireSecurity(host, security)
  const listening = await listenForPushes({
    host,
    port: options.port,
    security,
    maxMessageBytes: MESSAGE_MAX_BYTES,
    receivers,
    onError,
  })
  const shownHost = options.advertisedHost ?? host
  const address = `${shownHost.includes(':') ? `[${shownHost}]` : shownHost}:${listening.port}`
  let closed = false

  const peers = new Peers({
    environment,
    processes,
    onError,
    isLocal: (processId) => receivers.has(processId),
    onDropped: (processId) => options.onDropped?.(processId, 'full'),
    maxWaitingBytes: options.maxWaitingBytes,
    makePeer: (processId, peerAddress) =>
      new Peer({
        ...options,
        processId,
        address: peerAddress,
        onDropped: (why) => options.onDropped?.(processId, why),
        onCircuit: (isOpen) => options.onCircuit?.(processId, isOpen),
        onGone: () => void peers.read().catch(onError),
      }),
    ...(options.refreshIntervalMs !== undefined && {
      refreshIntervalMs: options.refreshIntervalMs,
    }),
  })
  peers.start()

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = environment.setTimer(() => {
        pauses.delete(timer)
        resolve()
      }, ms)
      pauses.set(timer, resolve)
    })
  }

  /** Tries until it is done or the time is over; `undefined` is: not yet. */
  async function insist<T>(what: string, attempt: () => Promise<T | undefined>): Promise<T> {
    const until = environment.monotonicNow() + confirmTimeoutMs
    for (let pauseMs = PAUSE_MIN_MS; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MAX_MS)) {
      if (closed) throw new Error(`${what}: the bus is closed`)
      try {
        const result = await attempt()
        if (result !== undefined) return result
      } catch (error) {
        if (error instanceof PeerRefused) throw error
        onError(error)
      }
      if (environment.monotonicNow() >= until) throw new Error(`${what}: nobody knows`)
      await pause(pauseMs)
    }
  }

  /** R13: whoever is listed no more holds no lease. */
  async function isOver(processId: string): Promise<boolean> {
    const { entries, complete } = await peers.readAnew()
    return complete && !entries.some((entry) => entry.processId === processId)
  }

  /** Resolves when the process has done it, or can do nothing any more. */
  async function confirmed(
    what: string,
    processId: string,
    here: (receiver: PushReceiver) => Promise<void> | undefined,
    there: (peer: Peer) => Promise<boolean>,
  ): Promise<void> {
    const receiver = receivers.get(processId)
    if (receiver !== undefined) return here(receiver)
    await insist(`${what} by process ${processId}`, async () => {
      try {
        const peer = peers.get(processId)
        if (peer !== undefined) {
          await there(peer)
          return true
        }
      } catch (error) {
        if (error instanceof PeerRefused) throw error
        onError(error)
      }
      return (await isOver(processId)) || undefined
    })
  }

  return {
    address,
    register(processId, receiver) {
      if (closed) throw new Error('the bus is closed')
      if (receivers.has(processId)) throw new Error(`the process id ${processId} is taken`)
      receivers.set(processId, receiver)
      const leave = stayListed({
        processes,
        entry: { processId, address },
        environment,
        after: leaving.get(processId),
        isBack: () => receivers.has(processId),
        onError,
      })
      listed.set(processId, leave)
      return () => {
        if (receivers.get(processId) !== receiver) return
        receivers.delete(processId)
        listed.delete(processId)
        listening.left(processId)
        const left = leave().then(() => {
          if (leaving.get(processId) === left) leaving.delete(processId)
        })
        leaving.set(processId, left)
      }
    },
    async push(processId, batch) {
      const receiver = receivers.get(processId)
      if (receiver === undefined) await peers.push(processId, batch)
      else receiver.receive(batch)
    },
    processes: () => [...receivers.keys(), ...peers.ids()],
    living: () =>
      insist('the list of processes', async () => {
        const { entries, complete } = await peers.readAnew()
        if (!complete) return undefined
        return [...new Set([...receivers.keys(), ...entries.map((entry) => entry.processId)])]
      }),
    confirmRemoval: (processId, removal) =>
      confirmed(
        'confirming a removal',
        processId,
        (receiver) => receiver.confirmRemoval(removal),
        (peer) => peer.confirmRemoval({ ...removal, reason: removal.reason ?? '' }),
      ),
    invalidate: (processId, changes) =>
      confirmed(
        'dropping memberships',
        processId,
        (receiver) => receiver.invalidate?.(changes),
        (peer) => peer.invalidate({ changes: [...changes] }),
      ),
    endSessions: (processId, ending) =>
      confirmed(
        'ending sessions',
        processId,
        (receiver) => receiver.endSessions?.(ending),
        (peer) =>
          peer.endSessions({
            ...ending,
            deviceId: ending.deviceId ?? '',
            tokenId: ending.tokenId ?? '',
          }),
      ),
    async close() {
      if (closed) return
      closed = true
      for (const processId of receivers.keys()) listening.left(processId)
      receivers.clear()
      for (const [timer, resolve] of pauses) {
        environment.clearTimer(timer)
        resolve()
      }
      await Promise.all([...listed.values()].map((leave) => leave()))
      await Promise.all(leaving.values())
      peers.close()
      listening.close()
    },
  }
}
