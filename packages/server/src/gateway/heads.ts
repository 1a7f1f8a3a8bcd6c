import type { Channel } from './channel.js'
import type { Core } from './core.js'

const CHUNK = 500

/**
 * R12: independently of routes and pushes, the heads of all channels are compared with the store every now and
 * then, and the routes asserted again before. Whatever was lost on the way heals here.
 */
export class Heads {
  private timer: unknown
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
    this.core.channels.closeUnused()
    this.core.memberships.sweep()
    const open = [...this.core.channels].filter((channel) => channel.status === 'open')
    for (let i = 0; i < open.length && !this.stopped; i += CHUNK) {
      try {
        await this.compare(open.slice(i, i + CHUNK))
      } catch (error) {
        this.core.failed(error, 'comparing heads')
      }
    }
  }

  private async compare(channels: readonly Channel[]): Promise<void> {
    const { routes, store, processId } = this.core.parts
    const channelIds = channels.map((channel) => channel.channelId)
    // R12: what is compared does not depend on routes; without them every process is pushed to
    await routes
      .assert(processId, channelIds)
      .catch((error: unknown) => this.core.failed(error, 'asserting routes'))
    const heads = await store.heads(channelIds)
    channels.forEach((channel, i) => {
      this.core.repair.adopt(channel, heads[i])
      // pages written for a storm are of no use after it (I7)
      channel.tailTexts.clear()
    })
  }
}
