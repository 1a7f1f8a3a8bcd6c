import type { ServerEnvironment } from '../../ports/environment.js'
import type { Processes, ProcessList } from '../../ports/processes.js'
import type { PushBatch } from '../../ports/push.js'
import { MAX_WAITING_BYTES, type Peer } from './peer.js'
import { bytesOfBatch } from './split.js'

export interface PeersOptions {
  readonly environment: ServerEnvironment
  readonly processes: Processes
  readonly isLocal: (processId: string) => boolean
  readonly makePeer: (processId: string, address: string) => Peer
  readonly onError: (error: unknown) => void
  /** A push was given up before anybody knew where to send it. */
  readonly onDropped: (processId: string) => void
  /** Of what waits for processes that are not heard of, over all of them. @default 16 MiB */
  readonly maxWaitingBytes?: number | undefined
  /** How often the list of processes is read. @default 1,000 */
  readonly refreshIntervalMs?: number
}

interface Unsent {
  readonly batch: PushBatch
  readonly bytes: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Pushes that wait until a process that was never heard of is looked up; more are dropped, with a count (I7). */
const WAITING_MAX = 1_000
/** Who was looked up in vain is not looked up again for a while. */
const UNKNOWN_MS = 1_000
const UNKNOWN_MAX = 1_000

/** The other processes, as the list of processes says; a list that cannot be had, or is not complete, takes nobody away. */
export class Peers {
  readonly #peers = new Map<string, Peer>()
  readonly #unsent = new Map<string, Unsent[]>()
  #unsentBytes = 0
  readonly #unknownSince = new Map<string, number>()
  #reading: Promise<ProcessList> | undefined
  #timer: unknown
  #isClosed = false

  constructor(private readonly options: PeersOptions) {}

  start(): void {
    if (this.#isClosed) return
    this.read()
      .catch(this.options.onError)
      .then(() => {
        if (this.#isClosed) return
        const { environment, refreshIntervalMs = 1_000 } = this.options
        this.#timer = environment.setTimer(() => this.start(), refreshIntervalMs)
      })
      .catch(this.options.onError)
  }

  ids(): readonly string[] {
    return [...this.#peers.keys()]
  }

  get(processId: string): Peer | undefined {
    return this.#peers.get(processId)
  }

  /** Reads the list now; asked for while it is being read, it is that reading. */
  read(): Promise<ProcessList> {
    if (this.#reading === undefined) {
      this.#reading = this.options.processes.list().then((list) => {
        this.#adopt(list)
        return list
      })
      const over = (): void => {
        this.#reading = undefined
      }
      this.#reading.then(over, over)
    }
    return this.#reading
  }

  /** R13: a list that is read after this call. */
  async readAnew(): Promise<ProcessList> {
    await this.#reading?.catch(() => undefined)
    return this.read()
  }

  /** To a process that may not be known yet. Pushes keep their order, also while it is looked up. */
  push(processId: string, batch: PushBatch): Promise<void> {
    const peer = this.#peers.get(processId)
    if (peer !== undefined) return peer.push(batch)
    const since = this.#unknownSince.get(processId)
    const now = this.options.environment.monotonicNow()
    if (this.#isClosed || (since !== undefined && now - since < UNKNOWN_MS)) {
      return Promise.reject(unknownProcess(processId))
    }
    const bytes = bytesOfBatch(batch)
    const waiting = this.#unsent.get(processId)
    const { maxWaitingBytes = MAX_WAITING_BYTES, onDropped } = this.options
    if (waiting?.length === WAITING_MAX || this.#unsentBytes + bytes > maxWaitingBytes) {
      onDropped(processId)
      return Promise.reject(unknownProcess(processId))
    }
    this.#unsentBytes += bytes
    return new Promise((resolve, reject) => {
      const unsent = { batch, bytes, resolve, reject }
      if (waiting !== undefined) waiting.push(unsent)
      else {
        this.#unsent.set(processId, [unsent])
        void this.#lookUp(processId)
      }
    })
  }

  close(): void {
    this.#isClosed = true
    this.options.environment.clearTimer(this.#timer)
    for (const peer of this.#peers.values()) peer.close()
    this.#peers.clear()
  }

  async #lookUp(processId: string): Promise<void> {
    await this.readAnew().catch(this.options.onError)
    if (!this.#unsent.has(processId)) return
    this.#remember(processId)
    for (const { reject } of this.#takeUnsent(processId)) reject(unknownProcess(processId))
  }

  #takeUnsent(processId: string): readonly Unsent[] {
    const unsent = this.#unsent.get(processId) ?? []
    this.#unsent.delete(processId)
    for (const { bytes } of unsent) this.#unsentBytes -= bytes
    return unsent
  }

  #remember(processId: string): void {
    if (this.#unknownSince.size >= UNKNOWN_MAX) this.#unknownSince.clear()
    this.#unknownSince.set(processId, this.options.environment.monotonicNow())
  }

  #adopt({ entries, complete }: ProcessList): void {
    if (this.#isClosed) return
    const listed = new Set<string>()
    for (const { processId, address } of entries) {
      listed.add(processId)
      if (this.options.isLocal(processId)) continue
      const known = this.#peers.get(processId)
      if (known?.address === address) continue
      known?.close()
      const peer = this.options.makePeer(processId, address)
      this.#peers.set(processId, peer)
      this.#unknownSince.delete(processId)
      peer.connect()
      // before anybody pushes to it: whoever looked it up may still wait for another reading
      for (const { batch, resolve, reject } of this.#takeUnsent(processId)) {
        peer.push(batch).then(resolve, reject)
      }
    }
    if (!complete) return
    for (const [processId, peer] of this.#peers) {
      if (listed.has(processId)) continue
      this.#peers.delete(processId)
      peer.close()
    }
  }
}

const unknownProcess = (processId: string): Error =>
  new Error(`no process ${processId} is registered`)
