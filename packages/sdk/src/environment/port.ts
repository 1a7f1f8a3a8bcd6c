/**
 * Everything the SDK takes from outside. Nothing else in the SDK may touch a global, so that the
 * simulator can be time, chance, network and page, and that importing the SDK touches nothing.
 */
export interface Environment {
  /** Wall clock in milliseconds. May jump; used for what is shown and stored, never for waiting. */
  now(): number
  /** Monotonic clock in milliseconds. Never goes back; may stand still while the machine sleeps. */
  monotonicNow(): number
  /** Calls back once after `delayMs`. The handle is opaque. `unref` timers do not keep Node alive. */
  setTimer(callback: () => void, delayMs: number): unknown
  clearTimer(handle: unknown): void
  /** In [0, 1). */
  random(): number
  /** Cryptographically strong bytes for ids. */
  randomBytes(length: number): Uint8Array
  /** Opens a socket; MUST NOT throw: a failure arrives as `closed`. */
  openSocket(url: string, protocols: readonly string[], events: SocketEvents): SocketHandle
  /** Subscribes to what the page or process says of itself; returns the unsubscribe. */
  onSignal(listener: (signal: LifecycleSignal) => void): () => void
  /** Read at decision time, never cached: a cached value goes stale after a freeze. */
  isVisible(): boolean
  readonly locks: Locks
  /** Opens a channel between the tabs (or clients) that share `name`; MUST NOT throw. */
  openBroadcast(name: string, onMessage: (message: unknown) => void): Broadcast
  /** A few short strings that outlive the page, best effort (the device's id). Absent: nothing is kept. */
  readonly keptStrings?: KeptStrings
  /** From now on nothing of this environment keeps the process alive. Absent where nothing does. */
  unref?(): void
}

/** MUST NOT throw: what cannot be read is undefined, what cannot be written is forgotten. */
export interface KeptStrings {
  get(key: string): string | undefined
  set(key: string, value: string): void
}

export type LifecycleSignal =
  | 'online'
  | 'offline'
  | 'visible'
  | 'hidden'
  | 'freeze'
  | 'resume'
  | 'pagehide'
  | 'pageshow'

export interface SocketEvents {
  opened(protocol: string): void
  message(text: string): void
  /** Exactly once, also when the socket never opened. 1006 where no close frame came. */
  closed(code: number, reason: string): void
}

export interface SocketHandle {
  send(text: string): void
  /** Bytes accepted by `send` and not yet given to the network. */
  bufferedBytes(): number
  close(code: number, reason: string): void
}

/** Mutual exclusion between the clients that share a storage (Web Locks, or in process). */
export interface Locks {
  /**
   * Takes `name` if it is free, at once; resolves to a release function, or to undefined if
   * another holds it. A lock is freed when its holder's page or process ends.
   */
  tryAcquire(name: string): Promise<(() => void) | undefined>
}

export interface Broadcast {
  post(message: unknown): void
  close(): void
}
