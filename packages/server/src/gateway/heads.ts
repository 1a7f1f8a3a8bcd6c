import type { KnownHead } from '../ports/known-heads.js'
import type { Channel } from './channel.js'
import type { Core } from './core.js'

const CHUNK = 500
/** Where others know the heads, each channel is compared with the store itself in one of so many sweeps. */
const STORE_ROUNDS = 6

/**
 * R12: independently of routes and pushes, the heads of all channels are compared every now and then with what
 * others know and with the store, and the routes asserted again before. Whatever was lost on the way heals here.
 */
export class Heads {
  private timer: unknown
  private round = 0
  private stopped = false

  constructor(private readonly core: Core) {}

  start(): void {
    this.arm()
  }

  stop(): void {
    this.stopped = true
    this.core.environment.clearTimer(this.timer)
  }

  private arm(): void {
    if (this.stopped) return
    this.timer = this.core.environment.setTimer(() => {
      void this.sweep().then(() => this.arm())
    }, this.core.options.headsIntervalMs)
  }

  private async sweep(): Promise<void> {
    this.round++
    this.core.channels.closeUnused()
    this.core.memberships.sweep()
    const open = [...this.core.channels].filter((channel) => channel.status === 'open')
    await this.core.pulled
      .recount(open)
      .catch((error: unknown) => this.core.failed(error, 'counting members'))
    for (let i = 0; i < open.length && !this.stopped; i += CHUNK) {
      try {
        await this.compare(open.slice(i, i + CHUNK))
      } catch (error) {
        this.core.failed(error, 'comparing heads')
      }
    }
  }

  private async compare(channels: readonly Channel[]): Promise<void> {
    const { routes, processId } = this.core.parts
    const channelIds = channels.map((channel) => channel.channelId)
    // R12: what is compared does not depend on routes; without them every process is pushed to
    await routes
      .assert(processId, channelIds)
      .catch((error: unknown) => this.core.failed(error, 'asserting routes'))
    const known = await this.known(channelIds)
    const others: Channel[] = []
    channels.forEach((channel, i) => {
      const head = known[i]
      if (head === undefined || (i + this.round) % STORE_ROUNDS === 0) others.push(channel)
      else this.core.repair.adoptKnown(channel, head)
      // pages written for a storm are of no use after it (I7)
      channel.tailTexts.clear()
    })
    await this.compareWithStore(others, known.length > 0)
  }

  /** What others know; nothing where nobody can be asked. */
  private async known(channelIds: readonly string[]): Promise<readonly (KnownHead | undefined)[]> {
    const { knownHeads } = this.core.parts
    if (knownHeads === undefined) return []
    try {
      return await knownHeads.read(channelIds)
    } catch (error) {
      this.core.failed(error, 'reading known heads')
      return []
    }
  }

  private async compareWithStore(
    channels: readonly Channel[],
    tellsOthers: boolean,
  ): Promise<void> {
    if (channels.length === 0) return
    const { store, knownHeads } = this.core.parts
    const heads = await store.heads(channels.map((channel) => channel.channelId))
    channels.forEach((channel, i) => {
      this.core.repair.adopt(channel, heads[i])
    })
    if (!tellsOthers) return
    await knownHeads
      ?.raise(heads.filter((head) => head !== undefined))
      .catch((error: unknown) => this.core.failed(error, 'raising known heads'))
  }
}
