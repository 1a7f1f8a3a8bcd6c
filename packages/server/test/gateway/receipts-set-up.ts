import { createMemoryReceipts } from '../../src/adapters/memory/receipts.js'
import type { Receipts } from '../../src/ports/receipts.js'
import type { FakeSocket } from './socket.js'
import { createWorld, type World } from './world.js'

/** Receipts that a test can take away, and that count what is written. */
class BreakableReceipts implements Receipts {
  isAway = false
  writes = 0

  constructor(private readonly inner: Receipts) {}

  raise(rises: Parameters<Receipts['raise']>[0]) {
    this.writes++
    return this.#unlessAway(() => this.inner.raise(rises))
  }

  ofUser(userId: string) {
    return this.#unlessAway(() => this.inner.ofUser(userId))
  }

  inChannel(...asked: Parameters<Receipts['inChannel']>) {
    return this.#unlessAway(() => this.inner.inChannel(...asked))
  }

  reached(...asked: Parameters<Receipts['reached']>) {
    return this.#unlessAway(() => this.inner.reached(...asked))
  }

  #unlessAway<T>(run: () => Promise<T>): Promise<T> {
    return this.isAway ? Promise.reject(new Error('away')) : run()
  }
}

export interface ReceiptsWorld {
  readonly world: World
  /** What is stored, also while it is away. */
  readonly receipts: Receipts
  readonly breakable: BreakableReceipts
  readonly alice: FakeSocket
  readonly bob: FakeSocket
}

/** Alice and bob in the channel `c1`. */
export async function openReceipts(): Promise<ReceiptsWorld> {
  const receipts = createMemoryReceipts()
  const breakable = new BreakableReceipts(receipts)
  const world = await createWorld({
    gateway: { socketBufferMaxBytes: 20_000, receiptsMaxWaiting: 50 },
    ports: () => ({ receipts: breakable }),
  })
  // the joins take the numbers 1 and 2
  await world.members('c1', 'alice', 'bob')
  const alice = await world.connect('alice')
  const bob = await world.connect('bob')
  return { world, receipts, breakable, alice, bob }
}

export const receipt = (seq: number, over = {}) => ({
  type: 'receipt.read',
  channel_id: 'c1',
  seq,
  ...over,
})

/** Says the frames, and waits until what they say is told. */
export async function say(world: World, socket: FakeSocket, ...frames: object[]) {
  for (const frame of frames) socket.say(frame)
  await world.environment.advance(300)
}

export function channelOf(world: World, channelId: string): { memberCount: number } {
  const { channels } = world.gateway as unknown as {
    channels: { get(id: string): { memberCount: number } | undefined }
  }
  const channel = channels.get(channelId)
  if (channel === undefined) throw new Error('it is not open')
  return channel
}
