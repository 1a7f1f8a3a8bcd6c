import type { Channel, ChannelInfo, Client } from '@tidings/sdk'

export interface ChannelListOptions {
  /** Lists once more, a while after it could not be done. */
  readonly later: (again: () => void) => void
  /** Something was told, in words. */
  readonly onTold: (what: ListTold, channelId: string) => void
}

export type ListTold = 'added' | 'added_again' | 'changed' | 'removed'

/** The user's channels as an application shows them: listed once, and kept by what the client tells of them. */
export class ChannelList {
  readonly channels = new Map<string, ChannelInfo>()
  /** Told as changed, and not by then as added: any later change would make up for what was never told. */
  readonly untold = new Set<string>()
  readonly #removed = new Set<string>()
  isRead = false

  constructor(
    private readonly client: Client,
    private readonly options: ChannelListOptions,
  ) {
    client.channels.on('added', ({ channel }) => {
      options.onTold(this.#removed.has(channel.id) ? 'added_again' : 'added', channel.id)
      this.untold.delete(channel.id)
      this.#learn(channel)
    })
    client.channels.on('changed', ({ channel }) => {
      options.onTold('changed', channel.id)
      if (this.isRead && !this.channels.has(channel.id)) this.untold.add(channel.id)
      this.#learn(channel)
    })
    client.channels.on('removed', ({ channel }) => {
      options.onTold('removed', channel.id)
      this.channels.delete(channel.id)
      this.#removed.add(channel.id)
    })
    this.#read()
  }

  #learn({ info }: Channel): void {
    if (info !== undefined) this.channels.set(info.id, info)
  }

  #read(): void {
    const read = async (): Promise<void> => {
      for await (const channel of this.client.channels.list()) this.#learn(channel)
      this.isRead = true
    }
    read().catch(() => this.options.later(() => this.#read()))
  }
}
