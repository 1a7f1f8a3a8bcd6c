import { createBrowserEnvironment } from './browser.js'
import { builtin, stateDirectory } from './builtins.js'
import type { Environment, KeptStrings } from './port.js'
import { processLocks } from './process-locks.js'
import { openWebSocket, type SocketCare, type WebSocketConstructor } from './web-socket.js'

/** How long a socket may take to say goodbye, in milliseconds; then its line is cut. */
const FAREWELL_MS = 1_000

interface Reffable {
  ref(): unknown
  unref(): unknown
}

/** What `ws` has beyond a browser's socket. */
interface NodeSocket {
  on?(event: 'upgrade', listener: (response: { socket: Reffable }) => void): void
  terminate?(): void
}

/**
 * A Node process: as a page without a page, but for locks that hold between processes and for
 * `unref`, after which neither timers nor sockets of this environment keep the process alive.
 */
export function createNodeEnvironment(WebSocketClass?: WebSocketConstructor): Environment {
  const things = new Set<Reffable>()
  let unreffed = false
  const mind = (thing: Reffable): void => {
    things.add(thing)
    if (unreffed) thing.unref()
  }
  const care: SocketCare = {
    created(socket) {
      const { on } = socket as NodeSocket
      on?.call(socket, 'upgrade', ({ socket: line }) => {
        mind(line)
        ;(line as Reffable & { once?: (event: 'close', listener: () => void) => void }).once?.(
          'close',
          () => things.delete(line),
        )
      })
    },
    closing(socket) {
      setTimeout(() => (socket as NodeSocket).terminate?.(), FAREWELL_MS).unref()
    },
  }
  return {
    ...createBrowserEnvironment(),
    setTimer(callback, delayMs) {
      const call = (): void => {
        things.delete(timer)
        callback()
      }
      // Node warns of a time that has passed.
      const timer = setTimeout(call, Math.max(0, delayMs))
      mind(timer)
      return timer
    },
    clearTimer(handle) {
      things.delete(handle as NodeJS.Timeout)
      clearTimeout(handle as NodeJS.Timeout | undefined)
    },
    openSocket: (url, protocols, events) =>
      openWebSocket(WebSocketClass, url, protocols, events, care),
    onSignal: () => () => {},
    isVisible: () => true,
    locks: processLocks,
    keptStrings: keptFiles,
    unref() {
      unreffed = true
      for (const thing of things) thing.unref()
    },
  }
}

/** One small file for each string, where programs keep their state. */
const keptFiles: KeptStrings = {
  get(key) {
    try {
      return builtin('node:fs').readFileSync(fileOf(key), 'utf8')
    } catch {
      return undefined
    }
  },
  set(key, value) {
    try {
      const { mkdirSync, writeFileSync } = builtin('node:fs')
      mkdirSync(stateDirectory(), { recursive: true, mode: 0o700 })
      writeFileSync(fileOf(key), value, { mode: 0o600 })
    } catch {
      // Best effort: a read-only home makes a new name at each start.
    }
  },
}

const fileOf = (key: string): string => builtin('node:path').join(stateDirectory(), `${key}.txt`)
