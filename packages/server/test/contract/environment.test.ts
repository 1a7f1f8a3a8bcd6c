import { describe, expect, it } from 'vitest'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import {
  type EnvironmentHarness,
  environmentContract,
} from '../../src/ports/contract/environment.js'
import { turns } from '../../src/ports/contract/runner.js'
import type { ServerEnvironment } from '../../src/ports/environment.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'
import { refuses } from './refused.js'

type Change = (right: ServerEnvironment) => Partial<ServerEnvironment>

const harness =
  (change: Change = () => ({})) =>
  async (): Promise<EnvironmentHarness> => {
    const virtual = createVirtualEnvironment()
    return {
      environment: { ...virtual, ...change(virtual) },
      pass: virtual.advance,
      shiftWallClock: virtual.shiftWallClock,
      close: async () => undefined,
    }
  }

environmentContract('the virtual time of tests', harness(), { describe, it })

environmentContract(
  'Node',
  async () => ({
    environment: nodeEnvironment,
    async pass(ms) {
      // a timer of the same engine is behind every one that was set before it and is due by then
      await new Promise((resolve) => setTimeout(resolve, ms + 2))
      await turns()
    },
    close: async () => undefined,
  }),
  { describe, it },
)

describe('the environment of Node', () => {
  it('makes ids of 128 bits of chance', () => {
    for (let i = 0; i < 1_000; i++) {
      expect(Buffer.from(nodeEnvironment.randomId(), 'base64url')).toHaveLength(16)
    }
  })
})

interface Wrong {
  readonly change: Change
  readonly fails: RegExp
}

/** Each breaks one promise of the port, and only that. */
const WRONG: Readonly<Record<string, Wrong>> = {
  'takes the wall clock for the monotonic one': {
    change: (right) => ({ monotonicNow: right.now }),
    fails: /^the monotonic clock does not follow/,
  },
  'lets the monotonic clock go back now and then': {
    change: (right) => {
      let reads = 0
      return { monotonicNow: () => right.monotonicNow() - (++reads % 7 === 0 ? 1 : 0) }
    },
    fails: /^the monotonic clock counts .* never goes back/,
  },
  'counts in seconds': {
    change: (right) => ({ now: () => Math.floor(right.now() / 1_000) }),
    fails: /^the wall clock gives whole Unix milliseconds/,
  },
  'fires a timer that was cleared': {
    change: () => ({ clearTimer: () => undefined }),
    fails: /^I9: a timer that was cleared/,
  },
  'fires before the time': {
    change: (right) => ({ setTimer: (callback, delayMs) => right.setTimer(callback, delayMs / 2) }),
    fails: /^a timer fires once, not before/,
  },
  'fires what is due now within the call': {
    change: (right) => ({
      setTimer: (callback, delayMs) =>
        delayMs > 0 ? right.setTimer(callback, delayMs) : void callback(),
    }),
    fails: /^a timer fires once, not before its time, never within/,
  },
  'fires again and again': {
    change: (right) => {
      const again = (callback: () => void, delayMs: number): unknown =>
        right.setTimer(() => {
          callback()
          again(callback, Math.max(1, delayMs))
        }, delayMs)
      return { setTimer: again }
    },
    fails: /^a timer fires once/,
  },
  'clears whatever was set last': {
    change: (right) => {
      let last: unknown
      return {
        setTimer: (callback, delayMs) => (last = right.setTimer(callback, delayMs)),
        clearTimer: () => right.clearTimer(last),
      }
    },
    fails: /^clearing twice, what has fired/,
  },
  'takes the next turn at once': {
    change: () => ({ nextTurn: (callback) => callback() }),
    fails: /^the next turn comes after this one/,
  },
  'takes the next turn among the promises of this one': {
    change: () => ({ nextTurn: queueMicrotask }),
    fails: /^the next turn comes after this one and all that its promises do/,
  },
  'draws a 1': {
    change: (right) => ({ random: () => Math.ceil(right.random() * 1_000) / 1_000 }),
    fails: /^chance is spread over .* never 1/,
  },
  'draws only small numbers': {
    change: (right) => ({ random: () => right.random() * right.random() }),
    fails: /^chance is spread/,
  },
  'gives an id again': {
    change: () => {
      let made = 0
      return { randomId: () => `id-${made++ % 9_999}` }
    },
    fails: /^no id is given twice/,
  },
}

refuses('an environment that', WRONG, ({ change }, name) => (runner) => {
  environmentContract(name, harness(change), runner)
})
