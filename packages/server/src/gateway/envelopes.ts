import {
  CODES,
  type ErrorCode,
  epochField,
  type Outcome,
  type ServerFrame,
  type ServerFrames,
} from '@tidings/protocol'
import type { Answer } from '../ports/push.js'
import type { Channel } from './channel.js'

/** Writes an envelope of the protocol. */
export const write = (frame: ServerFrame): string => JSON.stringify(frame)

export interface ErrorDetail {
  readonly message?: string
  readonly ref?: string | undefined
  readonly client_msg_id?: string | undefined
  readonly channel_id?: string | undefined
  readonly retryAfterMs?: number | undefined
  readonly outcome?: Outcome | undefined
}

export function writeError(code: ErrorCode, detail: ErrorDetail = {}): string {
  const { retryAfterMs, outcome } = detail
  return write({
    type: 'error',
    code,
    message: detail.message ?? CODES[code].message,
    ...(detail.ref !== undefined && { ref: detail.ref }),
    ...(detail.client_msg_id !== undefined && { client_msg_id: detail.client_msg_id }),
    ...(detail.channel_id !== undefined && { channel_id: detail.channel_id }),
    ...(retryAfterMs !== undefined && { retry_after_ms: Math.ceil(retryAfterMs) }),
    retryable: CODES[code].retryable,
    ...(outcome !== undefined && outcome !== CODES[code].outcome && { outcome }),
  })
}

/** What became of a command, for the connection that sent it. */
export function writeAnswer({ id, result, deduplicated }: Answer, ref: string | undefined): string {
  if (result.status === 'rejected') {
    return writeError(result.code, {
      message: result.message,
      ref,
      client_msg_id: id.clientMsgId,
      channel_id: id.channelId,
    })
  }
  return write({
    type: 'message.ack',
    ...(ref !== undefined && { ref }),
    client_msg_id: id.clientMsgId,
    channel_id: id.channelId,
    ...epochField(result.epoch),
    ...(result.status === 'accepted' ? { channel_seq: result.channelSeq } : { noop: true }),
    message_id: result.messageId,
    ts: result.ts,
    deduplicated,
  })
}

export function writeHead(channel: Channel, visibleFromSeq: number, spreadMs = 0): string {
  return write({
    type: 'channel.head',
    channel_id: channel.channelId,
    head_seq: channel.lastSeq,
    oldest_seq: Math.max(channel.oldestSeq, visibleFromSeq),
    ...epochField(channel.epoch),
    message_count: channel.messageCount,
    ...(spreadMs > 0 && { spread_ms: spreadMs }),
  })
}

export function writeReset(channel: Channel, fromSeq: number): string {
  return write({
    type: 'channel.reset',
    channel_id: channel.channelId,
    ...epochField(channel.epoch),
    from_seq: fromSeq,
  })
}

export function writeRemoved(
  channel: Channel,
  lastSeq: number,
  reason: ServerFrames['channel.removed']['reason'],
): string {
  return write({
    type: 'channel.removed',
    channel_id: channel.channelId,
    ...epochField(channel.epoch),
    last_seq: lastSeq,
    reason,
  })
}
