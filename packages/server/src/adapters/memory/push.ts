import type { PushBus, PushReceiver } from '../../ports/push.js'

/** The push bus of one process: a push is a call, so it is never lost, late or out of order. */
export function createMemoryPushBus(): PushBus {
  const receivers = new Map<string, PushReceiver>()
  const receiverOf = (processId: string): PushReceiver => {
    const receiver = receivers.get(processId)
    if (receiver === undefined) throw new Error(`no process ${processId} is registered`)
    return receiver
  }
  return {
    register(processId, receiver) {
      if (receivers.has(processId)) throw new Error(`the process id ${processId} is taken`)
      receivers.set(processId, receiver)
      return () => {
        receivers.delete(processId)
      }
    },
    async push(processId, batch) {
      receiverOf(processId).receive(batch)
    },
    processes: () => [...receivers.keys()],
    living: async () => [...receivers.keys()],
    async confirmRemoval(processId, removal) {
      // a process that is gone can send nothing any more
      await receivers.get(processId)?.confirmRemoval(removal)
    },
    async invalidate(processId, changes) {
      await receivers.get(processId)?.invalidate?.(changes)
    },
    async endSessions(processId, ending) {
      await receivers.get(processId)?.endSessions?.(ending)
    },
  }
}
