import type { OutboxItem, UnsentCommand } from '../channel/outbox-view.js'
import type { OutboxRow } from '../storage/port.js'
import { errorOf, settlementIn } from './settlement.js'

const items = new WeakMap<OutboxRow, OutboxItem>()

/** A row as the application sees it: the same object for the same row. */
export function itemOf(row: OutboxRow): OutboxItem {
  const known = items.get(row)
  if (known !== undefined) return known
  const end = row.state === 'parked' ? settlementIn(row) : undefined
  const item: OutboxItem = {
    clientMsgId: row.id,
    channelId: row.channelId,
    command: row.frame as unknown as UnsentCommand,
    state: row.state === 'parked' ? 'parked' : 'pending',
    createdAt: row.createdAt,
    error: end?.ok === false ? errorOf(end.error) : undefined,
  }
  items.set(row, item)
  return item
}
