import type { UnsentCommand } from '../../src/channel/outbox-view.js'
import { createOutbox } from '../../src/outbox/outbox.js'
import type { Outbox, OutboxOptions, Sending } from '../../src/outbox/port.js'
import { createMemoryStorage } from '../../src/storage/memory.js'
import type { OpenOutboxStorage, OutboxRow, OutboxStorage } from '../../src/storage/port.js'
import { type VirtualEnvironment, VirtualWorld } from '../../src/testing/virtual-environment.js'
import { KEY } from '../storage/rows.js'
import { FakeConnection } from './fake-connection.js'

export interface Page {
  readonly environment: VirtualEnvironment
  readonly connection: FakeConnection
  readonly outbox: Outbox
}

/** A browser with a disk; its pages are of one user. */
export class Browser {
  readonly world = new VirtualWorld()
  storage: OpenOutboxStorage = createMemoryStorage('disk')

  open(options: Partial<OutboxOptions> = { userId: KEY.userId }, storage = this.storage): Page {
    const environment = this.world.createEnvironment()
    const connection = new FakeConnection(environment)
    const outbox = createOutbox(connection, environment, storage, { url: KEY.url, ...options })
    return { environment, connection, outbox }
  }

  /** A page whose storage does some things in a way of its own. */
  openWith(change: (storage: OutboxStorage) => Partial<OutboxStorage>): Page {
    const { storage: open } = this
    return this.open(undefined, async (key) => {
      const storage = await open(key)
      return { ...storage, ...change(storage) }
    })
  }

  /** A page that is open and connected. */
  async openConnected(options?: Partial<OutboxOptions>): Promise<Page> {
    const page = this.open(options)
    await this.world.settle()
    page.connection.connect()
    await this.world.settle()
    return page
  }

  async rows(): Promise<readonly OutboxRow[]> {
    return (await this.storage(KEY)).load()
  }
}

export const message = (text: string, channelId = 'general'): UnsentCommand => ({
  type: 'message.send',
  channel_id: channelId,
  text,
})

export interface Watched extends Sending {
  /** `pending`, or how it ended. */
  end: string
  /** How often it settled. */
  settledTimes: number
}

/** Follows a promise without waiting for it. */
export function watch(sending: Sending): Watched {
  const watched: Watched = { ...sending, end: 'pending', settledTimes: 0 }
  sending.settled.then(
    ({ channelSeq }) => {
      watched.end = `sent ${channelSeq}`
      watched.settledTimes++
    },
    (error: { code: string; outcome: string }) => {
      watched.end = `${error.code} ${error.outcome}`
      watched.settledTimes++
    },
  )
  return watched
}
