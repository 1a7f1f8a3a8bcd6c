import { describe, it } from 'vitest'
import { createMemoryPushBus } from '../../src/adapters/memory/push.js'
import { type PushHarness, pushBusContract } from '../../src/ports/contract/push.js'
import type { PushBus } from '../../src/ports/push.js'
import { refuses } from './refused.js'

function harness(wrap: (bus: PushBus) => PushBus = (bus) => bus) {
  return async (): Promise<PushHarness> => {
    const bus = wrap(createMemoryPushBus())
    return { open: async () => bus, close: async () => undefined }
  }
}

interface Wrong {
  readonly wrap: (bus: PushBus) => PushBus
  readonly fails: RegExp
}

/** Each breaks one MUST of the port, and only that. */
const WRONG: Readonly<Record<string, Wrong>> = {
  'turns the order round': {
    wrap: (bus) => {
      let turns = 0
      return {
        ...bus,
        async push(processId, batch) {
          // every other push is overtaken by the one after it
          if (turns++ % 2 === 0) await new Promise((resolve) => setImmediate(resolve))
          await bus.push(processId, batch)
        },
      }
    },
    fails: /^keeps the order/,
  },
  'pushes to everybody': {
    wrap: (bus) => ({
      ...bus,
      async push(_, batch) {
        for (const processId of bus.processes()) await bus.push(processId, batch)
      },
    }),
    fails: /and to no other$/,
  },
  'loses silently what it cannot bring': {
    wrap: (bus) => ({
      ...bus,
      push: (processId, batch) => bus.push(processId, batch).catch(() => undefined),
    }),
    fails: /^a push rejects when nobody knows/,
  },
  'lets one failing process hold up the others': {
    wrap: (bus) => {
      let order: Promise<void> = Promise.resolve()
      return {
        ...bus,
        push(processId, batch) {
          order = order.then(() => bus.push(processId, batch))
          return order
        },
      }
    },
    fails: /^a process that fails holds up no other/,
  },
  'confirms a removal before the process has': {
    wrap: (bus) => ({
      ...bus,
      async confirmRemoval(processId, removal) {
        bus.confirmRemoval(processId, removal).catch(() => undefined)
      },
    }),
    fails: /^R13: a removal is confirmed when/,
  },
  'confirms a removal that the process did not': {
    wrap: (bus) => ({
      ...bus,
      confirmRemoval: (processId, removal) =>
        bus.confirmRemoval(processId, removal).catch(() => undefined),
    }),
    fails: /^R13: a removal that the process does not confirm/,
  },
  'says that sessions have ended without asking': {
    wrap: (bus) => ({
      ...bus,
      async endSessions(processId, ending) {
        bus.endSessions(processId, ending).catch(() => undefined)
      },
    }),
    fails: /^sessions (are ended when|that the process did not end)/,
  },
  'forgets who has left': {
    wrap: (bus) => {
      const known = new Set<string>()
      return {
        ...bus,
        register(processId, receiver) {
          known.add(processId)
          return bus.register(processId, receiver)
        },
        processes: () => [...known],
      }
    },
    fails: /^tells which processes/,
  },
}

pushBusContract('the push bus in memory', harness(), { describe, it })

refuses('a push bus that', WRONG, ({ wrap }, name) => (runner) => {
  pushBusContract(name, harness(wrap), runner)
})
