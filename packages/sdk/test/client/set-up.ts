import { type Client, createClient } from '../../src/index.js'
import type { ClientOptions } from '../../src/options.js'
import { createMemoryStorage } from '../../src/storage/memory.js'
import { type VirtualEnvironment, VirtualWorld } from '../../src/testing/virtual-environment.js'
import { FakeServer } from './fake-server.js'

export const NOTHING = { timers: 0, sockets: 0, locks: 0, broadcasts: 0, signalListeners: 0 }

export interface Setup {
  readonly world: VirtualWorld
  readonly server: FakeServer
  /** Opens a page of a browser whose storage all pages share. */
  open(options?: Partial<ClientOptions>): { page: VirtualEnvironment; client: Client }
}

export function setUp(): Setup {
  const world = new VirtualWorld()
  const server = new FakeServer(world)
  const storage = createMemoryStorage('disk')
  const open: Setup['open'] = (options = {}) => {
    const page = world.createEnvironment()
    const client = createClient({
      url: 'wss://chat.example.com/v1/ws',
      getToken: () => 'alice',
      storage,
      environment: page,
      ...options,
    })
    return { page, client }
  }
  return { world, server, open }
}

/** The end of a promise, told when virtual time has brought it. */
export async function over<T>(
  world: VirtualWorld,
  promise: Promise<T>,
  maxMs?: number,
): Promise<T> {
  let open = true
  const end = (): void => {
    open = false
  }
  promise.then(end, end)
  await world.runUntil(() => !open, maxMs)
  return promise
}
