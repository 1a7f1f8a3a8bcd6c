import type { Routes } from '../../ports/routes.js'

/** Routes of the processes that share this memory. Their lease cannot be lost, so it never ends. */
export function createMemoryRoutes(): Routes {
  const processesByChannel = new Map<string, Set<string>>()
  const withdraw = (processId: string, channelIds: Iterable<string>): void => {
    for (const channelId of channelIds) {
      const processes = processesByChannel.get(channelId)
      if (processes?.delete(processId) && processes.size === 0) processesByChannel.delete(channelId)
    }
  }
  return {
    async assert(processId, channelIds) {
      for (const channelId of channelIds) {
        const processes = processesByChannel.get(channelId)
        if (processes === undefined) processesByChannel.set(channelId, new Set([processId]))
        else processes.add(processId)
      }
    },
    async withdraw(processId, channelIds) {
      withdraw(processId, channelIds)
    },
    lookup: async (channelIds) =>
      channelIds.map((channelId) => [...(processesByChannel.get(channelId) ?? [])]),
    renew: async () => ({ leaseMs: Number.MAX_SAFE_INTEGER }),
    async leave(processId) {
      withdraw(processId, [...processesByChannel.keys()])
    },
  }
}
