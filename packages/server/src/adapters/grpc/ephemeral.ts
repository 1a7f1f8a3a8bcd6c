import type { PresenceStatus } from '@tidings/protocol'
import type { Ephemeral, PushBatch, ReceiptPush, TypingPush } from '../../ports/push.js'
import type * as wire from './generated/tidings/bus/v1/bus.js'

/** Shares of what may wait for a process, above which each kind is no longer sent: typing first. */
const SHARES: Readonly<Record<Ephemeral['kind'], number>> = {
  typing: 1 / 4,
  presence: 1 / 2,
  receipt: 1 / 2,
}

/** The batch without what is shed first; `load`: the used share of what may wait. The same one where nothing is shed. */
export function shed(batch: PushBatch, load: number): PushBatch {
  const { ephemeral, ...rest } = batch
  if (ephemeral === undefined || load < SHARES.typing) return batch
  const kept = ephemeral.filter(({ kind }) => load < SHARES[kind])
  if (kept.length === ephemeral.length) return batch
  return kept.length === 0 ? rest : { ...rest, ephemeral: kept }
}

/** True if there is nothing in it. */
export const isEmpty = (batch: PushBatch): boolean =>
  batch.channels.length === 0 &&
  batch.answers.length === 0 &&
  batch.outbox === undefined &&
  batch.ephemeral === undefined

export function ephemeralToWire(item: Ephemeral): wire.Ephemeral {
  switch (item.kind) {
    case 'typing': {
      const { channelId, userId, state } = item
      return { what: { $case: 'typing', typing: { channelId, userId, state } } }
    }
    case 'presence': {
      const { userId, status, lastSeen = 0, channelIds } = item
      const presence = { userId, status, lastSeen, channelIds: [...channelIds] }
      return { what: { $case: 'presence', presence } }
    }
    case 'receipt':
      return {
        what: { $case: 'receipt', receipt: { ...item.rise, ownOnly: item.ownOnly } },
      }
  }
}

/** Nothing for what only a newer process knows. */
export function ephemeralFromWire({ what }: wire.Ephemeral): readonly Ephemeral[] {
  switch (what?.$case) {
    case 'typing': {
      const { channelId, userId, state } = what.typing
      return [{ kind: 'typing', channelId, userId, state: state as TypingPush['state'] }]
    }
    case 'presence': {
      const { userId, status, lastSeen, channelIds } = what.presence
      return [
        {
          kind: 'presence',
          userId,
          status: status as PresenceStatus,
          ...(lastSeen !== 0 && { lastSeen }),
          channelIds,
        },
      ]
    }
    case 'receipt': {
      const { kind, ownOnly, ...mark } = what.receipt
      const rise = { ...mark, kind: kind as ReceiptPush['rise']['kind'] }
      return [{ kind: 'receipt', rise, ownOnly }]
    }
    default:
      return []
  }
}
