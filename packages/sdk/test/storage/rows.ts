import type { OutboxRow } from '../../src/storage/port.js'

export const KEY = { url: 'wss://chat.example.com/v1/ws', userId: 'alice' }

export function makeRow(id: string, changes: Partial<OutboxRow> = {}): OutboxRow {
  return {
    id,
    owner: 'one',
    channelId: 'general',
    createdAt: 1_700_000_000_000,
    n: 0,
    firstTryTs: undefined,
    frame: { type: 'message.send', channel_id: 'general', client_msg_id: id, text: 'ünï 👩‍👩‍👧' },
    state: 'pending',
    result: undefined,
    settledAt: undefined,
    v: 1,
    ...changes,
  }
}
