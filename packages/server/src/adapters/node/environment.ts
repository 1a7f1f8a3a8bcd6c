import { randomBytes } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import type { ServerEnvironment } from '../../ports/environment.js'

/** The real clock, timers and chance of this process. */
export const nodeEnvironment: ServerEnvironment = {
  now: () => Date.now(),
  monotonicNow: () => performance.now(),
  setTimer: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimer: (handle) => clearTimeout(handle as NodeJS.Timeout | undefined),
  nextTurn: (callback) => {
    setImmediate(callback)
  },
  random: () => Math.random(),
  randomId: () => randomBytes(16).toString('base64url'),
}
