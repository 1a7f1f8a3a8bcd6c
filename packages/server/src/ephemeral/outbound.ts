import { withDeadline } from '../environment/deadline.js'
import type { ServerEnvironment } from '../ports/environment.js'
import type { Ephemeral, PushBus } from '../ports/push.js'
import type { Routes } from '../ports/routes.js'

export interface EphemeralOptions {
  readonly environment: ServerEnvironment
  readonly bus: Pick<PushBus, 'push' | 'processes'>
  readonly routes: Pick<Routes, 'lookup'>
  /** What waits to be sent; above a quarter of it typing is dropped, above all of it everything (I7). @default 8,000 */
  readonly maxWaiting?: number
  /** Routes that are not found by then are not waited for: every process gets it. @default 50 */
  readonly lookupTimeoutMs?: number
  /** Told of what was left out. */
  readonly onShed?: (kind: Ephemeral['kind'], count: number) => void
}

/** Brings ephemeral things to the processes that serve their channels. Best effort: nobody waits for it. */
export interface EphemeralOut {
  send(item: Ephemeral): void
  /** Drops what waits, and takes nothing more. */
  close(): void
}

/** Channels of one question for routes. */
const LOOKUP_MAX = 500
const TYPING_SHARE = 1 / 4
/** Names in one push: it stays far below the largest message of any bus (I7). */
const NAMES_MAX = 1_000

export function createEphemeralOut(options: EphemeralOptions): EphemeralOut {
  const { environment, bus, routes, maxWaiting = 8_000, lookupTimeoutMs = 50 } = options
  let waiting: Ephemeral[] = []
  let isSending = false
  let closed = false

  /** One at a time: what comes meanwhile goes together. */
  async function sendAll(): Promise<void> {
    isSending = true
    while (waiting.length > 0 && !closed) {
      const items = waiting
      waiting = []
      await sendItems(items)
    }
    isSending = false
  }

  async function sendItems(items: readonly Ephemeral[]): Promise<void> {
    const routed = await targetsOf([...new Set(items.flatMap(channelsOf))])
    const batches = new Map<string, Ephemeral[]>()
    for (const item of items) {
      for (const [processId, forIt] of partsOf(item, routed)) {
        const batch = batches.get(processId)
        if (batch === undefined) batches.set(processId, [forIt])
        else batch.push(forIt)
      }
    }
    for (const [processId, all] of batches) {
      for (const ephemeral of inPushes(all)) {
        // what is lost here is said again, or of no interest any more
        bus.push(processId, { channels: [], answers: [], ephemeral }).catch(() => undefined)
      }
    }
  }

  async function targetsOf(
    channelIds: readonly string[],
  ): Promise<ReadonlyMap<string, readonly string[]>> {
    const targets = new Map<string, readonly string[]>()
    for (let i = 0; i < channelIds.length; i += LOOKUP_MAX) {
      const chunk = channelIds.slice(i, i + LOOKUP_MAX)
      const found = await lookup(chunk)
      chunk.forEach((channelId, at) => {
        targets.set(channelId, found[at] ?? [])
      })
    }
    return targets
  }

  async function lookup(channelIds: readonly string[]): Promise<readonly (readonly string[])[]> {
    try {
      return await withDeadline(environment, routes.lookup(channelIds), lookupTimeoutMs)
    } catch {
      const all = bus.processes()
      return channelIds.map(() => all)
    }
  }

  return {
    send(item) {
      const bound = item.kind === 'typing' ? maxWaiting * TYPING_SHARE : maxWaiting
      if (closed || waiting.length >= bound) {
        options.onShed?.(item.kind, 1)
        return
      }
      waiting.push(item)
      if (isSending) return
      isSending = true
      environment.nextTurn(() => void sendAll())
    },
    close() {
      closed = true
      waiting = []
    },
  }
}

function channelsOf(item: Ephemeral): readonly string[] {
  switch (item.kind) {
    case 'typing':
      return [item.channelId]
    case 'receipt':
      return [item.rise.channelId]
    case 'presence':
      return item.channelIds
  }
}

/** What each process is to get of it: of a user's presence, the channels that it serves. */
function partsOf(
  item: Ephemeral,
  targets: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, Ephemeral> {
  const parts = new Map<string, Ephemeral>()
  if (item.kind !== 'presence') {
    for (const channelId of channelsOf(item)) {
      for (const processId of targets.get(channelId) ?? []) parts.set(processId, item)
    }
    return parts
  }
  const channelsFor = new Map<string, string[]>()
  for (const channelId of item.channelIds) {
    for (const processId of targets.get(channelId) ?? []) {
      const known = channelsFor.get(processId)
      if (known === undefined) channelsFor.set(processId, [channelId])
      else known.push(channelId)
    }
  }
  for (const [processId, channelIds] of channelsFor) parts.set(processId, { ...item, channelIds })
  return parts
}

function inPushes(items: readonly Ephemeral[]): readonly (readonly Ephemeral[])[] {
  const pushes: Ephemeral[][] = [[]]
  let names = 0
  for (const item of items.flatMap(cut)) {
    const more = channelsOf(item).length
    if (names > 0 && names + more > NAMES_MAX) {
      pushes.push([])
      names = 0
    }
    pushes.at(-1)?.push(item)
    names += more
  }
  return pushes
}

function cut(item: Ephemeral): readonly Ephemeral[] {
  if (item.kind !== 'presence' || item.channelIds.length <= NAMES_MAX) return [item]
  return Array.from({ length: Math.ceil(item.channelIds.length / NAMES_MAX) }, (_, i) => ({
    ...item,
    channelIds: item.channelIds.slice(i * NAMES_MAX, (i + 1) * NAMES_MAX),
  }))
}
