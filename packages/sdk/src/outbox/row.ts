import type { CommandFrame } from '@tidings/protocol'
import type { OutboxRow } from '../storage/port.js'

/** A row as it begins. */
export const newRow = (
  fields: Pick<OutboxRow, 'id' | 'owner' | 'createdAt' | 'n' | 'frame'>,
): OutboxRow => ({
  ...fields,
  channelId: String(fields.frame.channel_id),
  frame: { ...fields.frame, client_msg_id: fields.id },
  firstTryTs: undefined,
  state: 'pending',
  result: undefined,
  settledAt: undefined,
  v: 1,
})

/** What goes on the wire, on every try the same. */
export const frameOf = (row: OutboxRow): CommandFrame =>
  ({ ...row.frame, first_try_ts: row.firstTryTs }) as unknown as CommandFrame
