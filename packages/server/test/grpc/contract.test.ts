import { afterEach, describe, it } from 'vitest'
import { createGrpcPushBus, type GrpcPushBus } from '../../src/adapters/grpc/push-bus.js'
import { createMemoryProcesses } from '../../src/adapters/memory/processes.js'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { type PushHarness, pushBusContract } from '../../src/ports/contract/push.js'
import type { PushBus } from '../../src/ports/push.js'

const open = new Set<GrpcPushBus>()
afterEach(async () => {
  await Promise.all([...open].map((bus) => bus.close()))
  open.clear()
})

async function makeHarness(
  facade: (make: () => Promise<GrpcPushBus>) => Promise<PushBus>,
): Promise<PushHarness> {
  const processes = createMemoryProcesses({ environment: nodeEnvironment })
  const make = async (): Promise<GrpcPushBus> => {
    const bus = await createGrpcPushBus({
      environment: nodeEnvironment,
      processes,
      host: '127.0.0.1',
      port: 0,
      security: { secret: 'of the test' },
      refreshIntervalMs: 20,
      // the machine of a test may be busy
      deadlineMs: 20_000,
      connectTimeoutMs: 20_000,
    })
    open.add(bus)
    return bus
  }
  return { open: () => facade(make), close: async () => undefined }
}

/** Whoever registers is elsewhere, so that everything crosses a socket. */
async function overSockets(make: () => Promise<GrpcPushBus>): Promise<PushBus> {
  const [here, there] = await Promise.all([make(), make()])
  return { ...here, register: there.register }
}

pushBusContract('gRPC between processes', () => makeHarness(overSockets), { describe, it })
pushBusContract('gRPC inside one process', () => makeHarness((make) => make()), { describe, it })
