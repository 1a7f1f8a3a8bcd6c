import type { Channel, ChannelInfo, Client } from '@tidings/sdk'
import { browser } from '../session/kept.ts'

/** What the list shows of a channel; kept, so that a page that starts offline has its list. */
export type ListedChannel = Pick<
  ChannelInfo,
  'id' | 'kind' | 'name' | 'userIds' | 'role' | 'messageCount' | 'unreadCount'
>

export interface ChannelStore {
  getSnapshot(): readonly ListedChannel[]
  /** Follows the user's channels until the returned function is called. */
  subscribe(listener: () => void): () => void
}

export function createChannelStore(client: Client, userId: string): ChannelStore {
  const key = `channels:${userId}`
  const listeners = new Set<() => void>()
  let known = new Map((browser.get<ListedChannel[]>(key) ?? []).map((one) => [one.id, one]))
  let snapshot: readonly ListedChannel[] = inOrder(known)
  /** What a list that is being read has named so far. */
  let reading: Map<string, ListedChannel> | undefined
  let stop: () => void = () => {}

  const tell = (): void => {
    snapshot = inOrder(known)
    browser.set(key, snapshot)
    for (const listener of [...listeners]) listener()
  }
  const learn = ({ info }: Channel): void => {
    if (!info) return
    known.set(info.id, listed(info))
    reading?.set(info.id, listed(info))
    tell()
  }
  const forget = ({ id }: Channel): void => {
    reading?.delete(id)
    if (known.delete(id)) tell()
  }

  /** The whole list takes the place of the kept one. */
  async function readAll(signal: AbortSignal): Promise<void> {
    const all = new Map<string, ListedChannel>()
    reading = all
    for await (const { info } of client.channels.list({ signal })) {
      if (info) all.set(info.id, listed(info))
    }
    if (signal.aborted) return
    reading = undefined
    known = all
    tell()
  }

  function start(): void {
    const controller = new AbortController()
    const { signal } = controller
    const { channels } = client
    channels.on('added', ({ channel }) => learn(channel), { signal })
    channels.on('changed', ({ channel }) => learn(channel), { signal })
    channels.on('removed', ({ channel }) => forget(channel), { signal })
    // Ends with the client; a connection that breaks meanwhile only makes it wait.
    readAll(signal).catch(() => {})
    stop = () => controller.abort()
  }

  return {
    getSnapshot: () => snapshot,
    subscribe(listener) {
      if (listeners.size === 0) start()
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) stop()
      }
    },
  }
}

const listed = ({
  id,
  kind,
  name,
  userIds,
  role,
  messageCount,
  unreadCount,
}: ChannelInfo): ListedChannel => ({ id, kind, name, userIds, role, messageCount, unreadCount })

const inOrder = (channels: ReadonlyMap<string, ListedChannel>): readonly ListedChannel[] =>
  [...channels.values()].sort((a, b) => (a.name ?? a.id).localeCompare(b.name ?? b.id))

/** What a channel is called: a direct one by the other user. */
export function titleOf(channel: ListedChannel | undefined, userId: string): string {
  if (!channel) return 'a channel'
  if (channel.kind !== 'direct') return channel.name || channel.id
  return channel.userIds?.find((other) => other !== userId) ?? channel.name ?? channel.id
}
