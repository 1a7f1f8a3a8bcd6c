import { performance } from 'node:perf_hooks'
import type { ServerEnvironment } from '../../ports/environment.js'
import { randomId } from './random-text.js'

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
  randomId,
}
