import { receipts } from '../../src/features/receipts/index.js'
import type { AnyEnvelope, VirtualServerSocket } from '../../src/testing/virtual-socket.js'
import { setUp as setUpWith } from './set-up.js'

interface Row {
  readonly user_id: string
  readonly read_seq?: number
  readonly delivered_seq?: number
}

export const at = (channelSeq: number, epoch = 1) => ({ epoch, channelSeq })

export const update = (userId: string, kind: string, seq: number, more: object = {}) => ({
  type: 'receipt.update',
  channel_id: 'general',
  user_id: userId,
  kind,
  seq,
  message_count: seq,
  ...more,
})

/** A server that knows who has read what, and keeps nothing. */
export async function setUpReceipts(
  rows: readonly Row[] = [],
  options: Parameters<typeof receipts>[0] = {},
) {
  const world = await setUpWith(receipts({ delivered: false, ...options }), 'receipt')
  const table: { rows: readonly Row[] } = { rows }
  const answer = ({ type, ref }: AnyEnvelope, socket: VirtualServerSocket): void => {
    if (type !== 'receipts.request') return
    socket.send({ type: 'receipts.page', ref, channel_id: 'general', receipts: table.rows })
  }
  world.answers.take = answer
  return { ...world, table, answer, general: world.api.in('general') }
}
