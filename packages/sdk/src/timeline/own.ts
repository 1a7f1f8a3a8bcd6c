import type { OutboxItem, OutboxView } from '../channel/outbox-view.js'
import type { Echo } from './echoes.js'

/** Most acknowledged commands that wait for their event (I7). */
const SENT_MAX = 100

/** What this user does in a channel and the stream has not shown yet. */
export interface Own {
  /** Acknowledged ones first, then those that wait, in order of sending. */
  echoes(): readonly Echo[]
  /** The stream went on: what it has passed is shown by it, or was skipped. */
  stepped(): void
  close(): void
}

/** Follows the outbox for one channel. A command stays between its ack and its event. */
export function followOutbox(
  channelId: string,
  outbox: OutboxView,
  place: () => { readonly position: number; readonly epoch: number } | undefined,
  changed: () => void,
): Own {
  let pending: readonly OutboxItem[] = outbox.pending(channelId)
  let sent: readonly Echo[] = []

  const stepped = (): void => {
    const { position = -1, epoch = 0 } = place() ?? {}
    const left = sent.filter(({ result: { epoch: of = 0, channelSeq = 0 } = {} }) =>
      of === epoch ? channelSeq > position : of > epoch,
    )
    if (left.length === sent.length) return
    sent = left
    changed()
  }

  const offs = [
    outbox.on('change', (id) => {
      if (id !== channelId) return
      pending = outbox.pending(channelId)
      changed()
    }),
    outbox.on('settled', (clientMsgId, result) => {
      const item = pending.find((other) => other.clientMsgId === clientMsgId)
      if (!item || result.channelSeq === undefined) return
      sent = [...sent, { item: { ...item, state: 'pending' } as const, result }].slice(-SENT_MAX)
      // Another tab's news can come later than the event.
      stepped()
    }),
  ]

  return {
    echoes() {
      const ended = new Set(sent.map(({ item }) => item.clientMsgId))
      const waiting = pending.filter(({ clientMsgId }) => !ended.has(clientMsgId))
      return [...sent, ...waiting.map((item) => ({ item }))]
    },
    stepped,
    close() {
      for (const off of offs) off()
    },
  }
}
