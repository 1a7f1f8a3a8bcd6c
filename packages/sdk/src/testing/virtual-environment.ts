import type {
  Broadcast,
  Environment,
  LifecycleSignal,
  Locks,
  SocketEvents,
  SocketHandle,
} from '../environment/port.js'
import { seededRandom, VirtualClock } from './virtual-clock.js'
import { VirtualServerSocket } from './virtual-socket.js'

/** Wall clock at the beginning of every virtual world. */
export const VIRTUAL_EPOCH_MS = 1_700_000_000_000

/**
 * One browser (or machine): its pages share time, locks, broadcasts and kept strings. The script of
 * the server is `onSocket`; without one every connection is refused.
 */
export class VirtualWorld {
  readonly clock = new VirtualClock()
  readonly random: () => number
  /** Every socket that any page opened, oldest first. */
  readonly sockets: VirtualServerSocket[] = []
  onSocket: (socket: VirtualServerSocket) => void = (socket) => socket.refuse()
  readonly lockHolders = new Map<string, VirtualEnvironment>()
  readonly broadcasts = new Map<string, Set<BroadcastMember>>()
  readonly keptStrings = new Map<string, string>()

  constructor(seed = 1) {
    this.random = seededRandom(seed)
  }

  createEnvironment(): VirtualEnvironment {
    return new VirtualEnvironment(this)
  }

  /** Shorthands of the clock's own. */
  settle = (): Promise<void> => this.clock.settle()
  advance = (ms: number): Promise<void> => this.clock.advance(ms)
  runUntil = (condition: () => boolean, maxMs?: number): Promise<void> =>
    this.clock.runUntil(condition, maxMs)
  runUntilIdle = (maxMs?: number): Promise<void> => this.clock.runUntilIdle(maxMs)

  /** A wall clock that nobody set, for servers; whole milliseconds, as `Date.now()` gives. */
  wallMs(): number {
    return VIRTUAL_EPOCH_MS + Math.floor(this.clock.nowMs)
  }

  /** The newest socket; throws when none was opened. */
  lastSocket(): VirtualServerSocket {
    const socket = this.sockets.at(-1)
    if (socket === undefined) throw new Error('no socket was opened')
    return socket
  }
}

interface BroadcastMember {
  readonly page: VirtualEnvironment
  readonly onMessage: (message: unknown) => void
}

/** What one page (or process) still holds; all zero after `close()` (I9). */
export interface OpenThings {
  timers: number
  sockets: number
  locks: number
  broadcasts: number
  signalListeners: number
}

/** The environment of one page in a virtual world. */
export class VirtualEnvironment implements Environment {
  readonly #world: VirtualWorld
  readonly #timers = new Set<object>()
  readonly #sockets = new Set<VirtualServerSocket>()
  readonly #members = new Set<{ name: string; member: BroadcastMember }>()
  readonly #listeners = new Set<(signal: LifecycleSignal) => void>()
  readonly #whileFrozen: (() => void)[] = []
  #wallSkewMs = 0
  #monotonicSkewMs = 0
  #visible = true
  #frozen = false
  #dead = false
  /** Timers fire only at multiples of this, as in a hidden tab; 0 means at their time. */
  timerThrottleMs = 0

  constructor(world: VirtualWorld) {
    this.#world = world
  }

  now(): number {
    return this.#world.wallMs() + this.#wallSkewMs
  }

  monotonicNow(): number {
    return this.#world.clock.nowMs + this.#monotonicSkewMs
  }

  setTimer(callback: () => void, delayMs: number): unknown {
    if (this.#dead) return undefined
    const { clock } = this.#world
    const step = this.timerThrottleMs
    const dueMs = clock.nowMs + Math.max(0, delayMs)
    const throttledMs = step > 0 ? Math.ceil(dueMs / step) * step : dueMs
    const timer: { inner?: unknown } = {}
    const fire = (): void => {
      // A frozen page keeps its timer until it wakes; clearing it meanwhile must still work.
      if (!this.#timers.has(timer)) return
      this.#timers.delete(timer)
      callback()
    }
    timer.inner = clock.setTimer(() => this.#run(fire), throttledMs - clock.nowMs)
    this.#timers.add(timer)
    return timer
  }

  clearTimer(handle: unknown): void {
    if (!this.#timers.delete(handle as object)) return
    this.#world.clock.clearTimer((handle as { inner?: unknown }).inner)
  }

  random(): number {
    return this.#world.random()
  }

  randomBytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => Math.floor(this.#world.random() * 256))
  }

  openSocket(url: string, protocols: readonly string[], events: SocketEvents): SocketHandle {
    const guarded: SocketEvents = {
      opened: (protocol) => this.#run(() => events.opened(protocol)),
      message: (text) => this.#run(() => events.message(text)),
      closed: (code, reason) => this.#run(() => events.closed(code, reason)),
    }
    const ended = (): void => {
      this.#sockets.delete(socket)
    }
    const socket = new VirtualServerSocket(this.#world.clock, guarded, url, protocols, ended)
    this.#sockets.add(socket)
    this.#world.sockets.push(socket)
    this.#world.onSocket(socket)
    return socket.clientHandle()
  }

  onSignal(listener: (signal: LifecycleSignal) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  isVisible(): boolean {
    return this.#visible
  }

  readonly locks: Locks = {
    tryAcquire: async (name) => {
      const { lockHolders } = this.#world
      if (this.#dead || lockHolders.has(name)) return undefined
      lockHolders.set(name, this)
      let held = true
      return () => {
        if (held && lockHolders.get(name) === this) lockHolders.delete(name)
        held = false
      }
    },
  }

  readonly keptStrings = {
    get: (key: string): string | undefined => this.#world.keptStrings.get(key),
    set: (key: string, value: string): void => void this.#world.keptStrings.set(key, value),
  }

  openBroadcast(name: string, onMessage: (message: unknown) => void): Broadcast {
    const { broadcasts, clock } = this.#world
    const members = broadcasts.get(name) ?? new Set()
    broadcasts.set(name, members)
    const member = { page: this, onMessage }
    const entry = { name, member }
    members.add(member)
    this.#members.add(entry)
    return {
      post: (message) => {
        const copy: unknown = structuredClone(message)
        for (const other of members) {
          if (other === member) continue
          const deliver = (): void => {
            if (members.has(other)) other.onMessage(copy)
          }
          clock.setTimer(() => other.page.#run(deliver), 0)
        }
      },
      close: () => {
        members.delete(member)
        this.#members.delete(entry)
      },
    }
  }

  /** What this page still holds. */
  open(): OpenThings {
    const held = [...this.#world.lockHolders.values()].filter((holder) => holder === this)
    return {
      timers: this.#timers.size,
      sockets: this.#sockets.size,
      locks: held.length,
      broadcasts: this.#members.size,
      signalListeners: this.#listeners.size,
    }
  }

  /** Says something of the page; `visible` and `hidden` also change what `isVisible` answers. */
  signal(signal: LifecycleSignal): void {
    if (signal === 'visible') this.#visible = true
    if (signal === 'hidden') this.#visible = false
    for (const listener of [...this.#listeners]) listener(signal)
  }

  /** The page is told and then stands still: timers, frames and broadcasts wait for `thaw`. */
  freeze(): void {
    this.signal('freeze')
    this.#frozen = true
  }

  thaw(): void {
    this.#frozen = false
    this.signal('resume')
    for (const task of this.#whileFrozen.splice(0)) this.#run(task)
  }

  /** The machine slept: time went on outside; the monotonic clock counts it only if told so. */
  sleep(ms: number, monotonicCounts = false): void {
    this.#wallSkewMs += ms
    if (monotonicCounts) this.#monotonicSkewMs += ms
  }

  /** Somebody set the clock. */
  jumpWallClock(ms: number): void {
    this.#wallSkewMs += ms
  }

  /** The page dies without a word: timers, sockets, locks and broadcasts end, nobody is called. */
  kill(): void {
    this.#dead = true
    for (const timer of [...this.#timers]) this.clearTimer(timer)
    for (const socket of [...this.#sockets]) socket.abandon()
    this.#sockets.clear()
    for (const { name, member } of this.#members) this.#world.broadcasts.get(name)?.delete(member)
    this.#members.clear()
    this.#listeners.clear()
    const { lockHolders } = this.#world
    for (const [name, holder] of lockHolders) if (holder === this) lockHolders.delete(name)
  }

  #run(task: () => void): void {
    if (this.#dead) return
    if (this.#frozen) this.#whileFrozen.push(task)
    else task()
  }
}
