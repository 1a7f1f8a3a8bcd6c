import type {
  Broadcast,
  Environment,
  LifecycleSignal,
  Locks,
  SocketEvents,
  SocketHandle,
} from '../../../packages/sdk/src/environment/port.js'
import type { Browser } from './browser.js'
import type { Random } from './random.js'
import type { Scheduler, Task } from './scheduler.js'

/** Wall clock at the beginning of every world. */
export const WORLD_BEGAN_MS = 1_760_000_000_000

/** What one page holds; all zero after `close()` (I9). */
export interface Held {
  readonly timers: number
  readonly sockets: number
  readonly locks: number
  readonly broadcasts: number
  readonly listeners: number
}

/** How a page reaches a server. */
export type OpenLine = (
  page: Page,
  url: string,
  protocols: readonly string[],
  events: SocketEvents,
  ended: () => void,
) => SocketHandle

export interface PageParts {
  readonly scheduler: Scheduler
  readonly browser: Browser
  readonly random: Random
  readonly openLine: OpenLine
  /** Something was taken up after everything had to be over (I9). */
  readonly onUseAfterClose: (what: string) => void
}

/** One page: all that the SDK takes from outside, by the clock of the world. */
export class Page implements Environment {
  readonly #parts: PageParts
  readonly #timers = new Set<object>()
  readonly #sockets = new Set<object>()
  readonly #memberships = new Set<() => void>()
  readonly #listeners = new Set<(signal: LifecycleSignal) => void>()
  readonly #whileFrozen: (() => void)[] = []
  #wallSkewMs = 0
  #monotonicSkewMs = 0
  #visible = true
  #frozen = false
  #dead = false
  /** The client said that it is closed: from here on nothing may be taken up. */
  isClosed = false
  /** Timers fire only at multiples of this, as in a hidden tab; 0: at their time. */
  throttleMs = 0

  constructor(parts: PageParts) {
    this.#parts = parts
  }

  get isDead(): boolean {
    return this.#dead
  }

  get isFrozen(): boolean {
    return this.#frozen
  }

  now(): number {
    return WORLD_BEGAN_MS + Math.floor(this.#parts.scheduler.nowMs) + this.#wallSkewMs
  }

  monotonicNow(): number {
    return this.#parts.scheduler.nowMs + this.#monotonicSkewMs
  }

  setTimer(callback: () => void, delayMs: number): unknown {
    if (this.#dead) return undefined
    this.#used('a timer')
    const { scheduler } = this.#parts
    const timer: { task?: Task } = {}
    const fire = (): void => {
      // a frozen page keeps its timer until it wakes; clearing it meanwhile must still work
      if (this.#timers.delete(timer)) callback()
    }
    timer.task = scheduler.after(this.#throttled(delayMs), () => this.run(fire))
    this.#timers.add(timer)
    return timer
  }

  clearTimer(handle: unknown): void {
    if (!this.#timers.delete(handle as object)) return
    const { task } = handle as { task?: Task }
    if (task !== undefined) this.#parts.scheduler.cancel(task)
  }

  random(): number {
    return this.#parts.random.next()
  }

  randomBytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.#parts.random.int(0, 255))
  }

  openSocket(url: string, protocols: readonly string[], events: SocketEvents): SocketHandle {
    this.#used('a socket')
    const socket = {}
    this.#sockets.add(socket)
    const inPage: SocketEvents = {
      opened: (protocol) => this.run(() => events.opened(protocol)),
      message: (text) => this.run(() => events.message(text)),
      closed: (code, reason) => this.run(() => events.closed(code, reason)),
    }
    return this.#parts.openLine(this, url, protocols, inPage, () => this.#sockets.delete(socket))
  }

  onSignal(listener: (signal: LifecycleSignal) => void): () => void {
    this.#used('a listener')
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  isVisible(): boolean {
    return this.#visible
  }

  readonly locks: Locks = {
    tryAcquire: async (name) => {
      const { lockHolders } = this.#parts.browser
      if (this.#dead || lockHolders.has(name)) return undefined
      this.#used('a lock')
      lockHolders.set(name, this)
      let held = true
      return () => {
        if (held && lockHolders.get(name) === this) lockHolders.delete(name)
        held = false
      }
    },
  }

  readonly keptStrings = {
    get: (key: string): string | undefined => this.#parts.browser.keptStrings.get(key),
    set: (key: string, value: string): void => {
      this.#parts.browser.keptStrings.set(key, value)
    },
  }

  openBroadcast(name: string, onMessage: (message: unknown) => void): Broadcast {
    this.#used('a broadcast')
    const { browser, scheduler } = this.#parts
    const members = browser.broadcasts.get(name) ?? new Set()
    browser.broadcasts.set(name, members)
    const member = { page: this as Page, onMessage }
    const leave = (): void => {
      members.delete(member)
      this.#memberships.delete(leave)
    }
    members.add(member)
    this.#memberships.add(leave)
    return {
      post: (message) => {
        if (members.size < 2) return
        const copy: unknown = structuredClone(message)
        for (const other of members) {
          if (other === member) continue
          scheduler.after(1, () =>
            other.page.run(() => {
              if (members.has(other)) other.onMessage(copy)
            }),
          )
        }
      },
      close: leave,
    }
  }

  held(): Held {
    let locks = 0
    for (const holder of this.#parts.browser.lockHolders.values()) if (holder === this) locks += 1
    return {
      timers: this.#timers.size,
      sockets: this.#sockets.size,
      locks,
      broadcasts: this.#memberships.size,
      listeners: this.#listeners.size,
    }
  }

  /** Something that the host does for the page, which is no timer of the page. */
  task(delayMs: number, work: () => void): void {
    this.#parts.scheduler.after(delayMs, () => this.run(work))
  }

  signal(signal: LifecycleSignal): void {
    if (signal === 'visible') this.#visible = true
    if (signal === 'hidden') this.#visible = false
    for (const listener of [...this.#listeners]) listener(signal)
  }

  /** The page is told, and then stands still: timers, frames and answers wait for `thaw`. */
  freeze(): void {
    this.signal('freeze')
    this.#frozen = true
  }

  thaw(): void {
    if (!this.#frozen) return
    this.#frozen = false
    this.signal('resume')
    for (const task of this.#whileFrozen.splice(0)) this.run(task)
  }

  /** Somebody set the clock. */
  jumpWallClock(ms: number): void {
    this.#wallSkewMs += ms
  }

  /** The machine slept and the monotonic clock counted it: every deadline is late at once. */
  jumpMonotonicClock(ms: number): void {
    this.#monotonicSkewMs += ms
    this.#wallSkewMs += ms
  }

  /** The page ends without a word: nobody in it is called any more, and its locks are free. */
  kill(): void {
    this.#dead = true
    for (const timer of [...this.#timers]) this.clearTimer(timer)
    for (const leave of [...this.#memberships]) leave()
    this.#listeners.clear()
    this.#sockets.clear()
    const { lockHolders } = this.#parts.browser
    for (const [name, holder] of lockHolders) if (holder === this) lockHolders.delete(name)
  }

  run(task: () => void): void {
    if (this.#dead) return
    if (this.#frozen) this.#whileFrozen.push(task)
    else task()
  }

  #throttled(delayMs: number): number {
    const delay = Math.max(0, delayMs)
    if (this.throttleMs === 0) return delay
    const { nowMs } = this.#parts.scheduler
    return Math.ceil((nowMs + delay) / this.throttleMs) * this.throttleMs - nowMs
  }

  #used(what: string): void {
    if (this.isClosed) this.#parts.onUseAfterClose(what)
  }
}
