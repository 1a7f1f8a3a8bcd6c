import { describe, it } from 'vitest'
import {
  createMemoryNodeLeases,
  createMemoryRateLimiter,
  createMemoryTokenRevocation,
} from '../../src/adapters/memory/limits.js'
import { type LimitsHarness, limitsContract } from '../../src/ports/contract/limits.js'
import type { ContractRunner } from '../../src/ports/contract/runner.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'
import { refuses } from './refused.js'

type Change = (right: LimitsHarness) => Partial<LimitsHarness>

function harness(change: Change = () => ({})) {
  return async (): Promise<LimitsHarness> => {
    const environment = createVirtualEnvironment()
    const right: LimitsHarness = {
      limiter: createMemoryRateLimiter(environment),
      revocation: createMemoryTokenRevocation(environment),
      leases: createMemoryNodeLeases(),
      now: environment.now,
      advance: (ms) => environment.advance(ms),
      close: async () => undefined,
    }
    return { ...right, ...change(right) }
  }
}

interface Wrong {
  readonly change: Change
  readonly fails: RegExp
}

/** Each breaks one MUST of the port, and only that. */
const WRONG_LIMITERS: Readonly<Record<string, Wrong>> = {
  'takes from the windows before the full one': {
    change: ({ limiter }) => ({
      limiter: {
        async take(windows) {
          for (const window of windows) {
            const verdict = await limiter.take([window])
            if (!verdict.ok) return verdict
          }
          return { ok: true }
        },
      },
    }),
    fails: /^takes from every window or from none/,
  },
  'begins a new window at a boundary': {
    change: ({ now }) => {
      const start = now()
      const counts = new Map<string, number>()
      return {
        limiter: {
          async take(windows) {
            for (const { key, limit, windowMs } of windows) {
              const name = `${key} ${Math.floor((now() - start) / windowMs)}`
              const count = counts.get(name) ?? 0
              if (count >= limit) return { ok: false, key, retryAfterMs: 500 }
              counts.set(name, count + 1)
            }
            return { ok: true }
          },
        },
      }
    },
    fails: /^I7: a window slides/,
  },
  'guesses how long to wait': {
    change: ({ limiter }) => ({
      limiter: {
        async take(windows) {
          const verdict = await limiter.take(windows)
          return verdict.ok ? verdict : { ...verdict, retryAfterMs: 1 }
        },
      },
    }),
    fails: /^who waits as long as told/,
  },
  'charges each repeat of an id': {
    change: ({ limiter }) => ({ limiter: { take: (windows) => limiter.take(windows) } }),
    fails: /^\[P-39\] R4: what was let through/,
  },
  'knows in each process only the ids of its own': {
    change: ({ limiter }) => ({
      another: { take: (windows, once) => limiter.take(windows, once && `mine\n${once}`) },
    }),
    fails: /^\[P-39\] R4: so it is in another process/,
  },
  'remembers an id that was refused': {
    change: ({ limiter }) => {
      const seen = new Set<string>()
      return {
        limiter: {
          async take(windows, once) {
            if (once !== undefined && seen.has(once)) return { ok: true }
            if (once !== undefined) seen.add(once)
            return limiter.take(windows)
          },
        },
      }
    },
    fails: /^I7: what was refused under an id/,
  },
  'counts all keys together': {
    change: ({ limiter }) => ({
      limiter: {
        take: (windows) => limiter.take(windows.map((window) => ({ ...window, key: 'all' }))),
      },
    }),
    fails: /^windows of other keys/,
  },
  'throws when its engine is away': {
    change: ({ limiter }) => {
      let away = false
      return {
        limiter: {
          take: (windows) =>
            away ? Promise.reject(new Error('connection refused')) : limiter.take(windows),
        },
        async breakEngine() {
          away = true
        },
      }
    },
    fails: /^without its engine/,
  },
}

const WRONG_REVOCATIONS: Readonly<Record<string, Wrong>> = {
  'forgets a revocation when the next one comes': {
    change: ({ revocation }) => {
      let last = ''
      return {
        revocation: {
          async revoke(jti, untilMs) {
            last = jti
            await revocation.revoke(jti, untilMs)
          },
          isRevoked: async (jti) => jti === last,
        },
      }
    },
    fails: /^a revoked token stays revoked/,
  },
  'revokes a token some time later': {
    change: ({ revocation }) => ({
      revocation: {
        ...revocation,
        async revoke(jti, untilMs) {
          setImmediate(() => void revocation.revoke(jti, untilMs))
        },
      },
    }),
    fails: /^a revoked token stays revoked/,
  },
  'forgets a revocation before the token expires': {
    change: ({ revocation, now }) => ({
      revocation: {
        ...revocation,
        revoke: (jti, untilMs) => revocation.revoke(jti, Math.min(untilMs, now() + 5_000)),
      },
    }),
    fails: /^a revoked token stays revoked until/,
  },
  'refuses everybody once a token was revoked': {
    change: ({ revocation }) => {
      let any = false
      return {
        revocation: {
          async revoke(jti, untilMs) {
            any = true
            await revocation.revoke(jti, untilMs)
          },
          isRevoked: async () => any,
        },
      }
    },
    fails: /^a revoked token stays revoked/,
  },
  'takes tokens for the same that look alike': {
    change: ({ revocation }) => ({
      revocation: {
        revoke: (jti, untilMs) => revocation.revoke(jti.toLowerCase(), untilMs),
        isRevoked: (jti) => revocation.isRevoked(jti.toLowerCase()),
      },
    }),
    fails: /^ids of tokens are opaque/,
  },
}

const WRONG_LEASES: Readonly<Record<string, Wrong>> = {
  'gives a node number by chance': {
    change: ({ leases }) => {
      let calls = 0
      return {
        leases: {
          async acquire() {
            const lease = await leases.acquire()
            return { ...lease, node: (calls++ * 7) % 31 }
          },
        },
      }
    },
    fails: /^no two living processes/,
  },
  'calls a lease valid that was given back': {
    change: ({ leases }) => ({
      leases: {
        async acquire() {
          return { ...(await leases.acquire()), valid: () => true }
        },
      },
    }),
    fails: /^a lease that was given back/,
  },
  'gives free twice what was given back twice': {
    change: () => {
      const free = Array.from({ length: 1_024 }, (_, node) => node).reverse()
      return {
        leases: {
          async acquire() {
            const node = free.pop() ?? 0
            let held = true
            return {
              node,
              valid: () => held,
              async release() {
                held = false
                free.push(node)
              },
            }
          },
        },
      }
    },
    fails: /^a lease that was given back twice/,
  },
  'counts on beyond 1,023': {
    change: ({ leases }) => {
      let next = 1_000
      return {
        leases: {
          acquire: async () => ({ ...(await leases.acquire()), node: next++ }),
        },
      }
    },
    fails: /^no two living processes/,
  },
}

limitsContract('the memory', harness(), { describe, it })

const suite =
  ({ change }: Wrong, name: string) =>
  (runner: ContractRunner): void => {
    limitsContract(name, harness(change), runner)
  }

refuses('a rate limiter that', WRONG_LIMITERS, suite)
refuses('a list of revoked tokens that', WRONG_REVOCATIONS, suite)
refuses('leases of node numbers that', WRONG_LEASES, suite)
