import type { GatewayMetrics } from '../../src/gateway/gateway.js'
import { NO_METRICS } from '../../src/gateway/metrics.js'
import type { Directory } from '../../src/ports/directory.js'
import type { MessageStore, PageQuery } from '../../src/ports/message-store.js'
import type { ChannelPush, PushBatch, PushBus } from '../../src/ports/push.js'
import type { Routes } from '../../src/ports/routes.js'

export function tapStore(inner: MessageStore) {
  const tap = {
    pages: [] as PageQuery[],
    heads: [] as string[],
    failing: false,
    /** Waited for before an answer is given. */
    gate: Promise.resolve(),
    port: {
      ...inner,
      async heads(channelIds: readonly string[]) {
        tap.heads.push(...channelIds)
        if (tap.failing) throw new Error('the store is away')
        const heads = await inner.heads(channelIds)
        await tap.gate
        return heads
      },
      async pages(queries: readonly PageQuery[]) {
        tap.pages.push(...queries)
        if (tap.failing) throw new Error('the store is away')
        const pages = await inner.pages(queries)
        await tap.gate
        return pages
      },
    },
    reset() {
      tap.pages = []
      tap.heads = []
    },
  }
  return tap
}

export function tapDirectory(inner: Directory) {
  const tap = {
    failing: false,
    gate: Promise.resolve(),
    port: {
      ...inner,
      async membershipsOf(userId: string) {
        if (tap.failing) throw new Error('the directory is away')
        const memberships = await inner.membershipsOf(userId)
        await tap.gate
        return memberships
      },
    },
  }
  return tap
}

export function tapBus(inner: PushBus) {
  const loss = {
    /** True for what is lost on the way. */
    drops: (_: ChannelPush): boolean => false,
    dropsAnswers: false,
    onPush: (_: PushBatch): void => undefined,
  }
  const port: PushBus = {
    ...inner,
    push(processId, batch) {
      loss.onPush(batch)
      return inner.push(processId, {
        ...batch,
        channels: batch.channels.filter((push) => !loss.drops(push)),
        answers: loss.dropsAnswers ? [] : batch.answers,
      })
    },
  }
  return Object.assign(loss, { port })
}

export function tapRoutes(inner: Routes) {
  const state = {
    leaseMs: Number.MAX_SAFE_INTEGER,
    failing: false,
    asserted: [] as string[],
    withdrawn: [] as string[],
  }
  const port: Routes = {
    ...inner,
    async assert(processId, channelIds) {
      state.asserted.push(...channelIds)
      await inner.assert(processId, channelIds)
    },
    async withdraw(processId, channelIds) {
      state.withdrawn.push(...channelIds)
      await inner.withdraw(processId, channelIds)
    },
    async renew() {
      if (state.failing) throw new Error('routes are away')
      return { leaseMs: state.leaseMs }
    },
  }
  return Object.assign(state, { port })
}

/** Counts calls by name and, where there is one, label. */
export function tapMetrics() {
  const counts: Record<string, number> = {}
  const port = Object.fromEntries(
    Object.keys(NO_METRICS).map((name) => [
      name,
      (value?: string | number, many = 1) => {
        const key = typeof value === 'string' ? `${name} ${value}` : name
        counts[key] = (counts[key] ?? 0) + (typeof value === 'number' ? value : many)
      },
    ]),
  ) as unknown as GatewayMetrics
  return { counts, port }
}
