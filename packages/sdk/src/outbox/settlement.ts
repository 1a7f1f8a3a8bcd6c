import { type ChannelEvent, epochOf, type Outcome, type ServerFrames } from '@tidings/protocol'
import type { Settled } from '../channel/outbox-view.js'
import { TidingsError } from '../errors.js'
import type { OutboxRow } from '../storage/port.js'

/** What a TidingsError says, as plain data. */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly outcome: Outcome
}

/** How a command ended, as plain data: it is stored and crosses between tabs. */
export type Settlement =
  | { readonly ok: true; readonly result: Settled }
  | { readonly ok: false; readonly error: Failure }

/** The error of the caller's promise. `retryable` and what to do about it come from the code. */
export const errorOf = ({ code, message, outcome }: Failure): TidingsError =>
  new TidingsError(code, message, { outcome })

export const failed = (code: string, message: string, outcome: Outcome): Settlement => ({
  ok: false,
  error: { code, message, outcome },
})

/** The end of what nobody knows any more. */
export const LOST = failed(
  'aborted',
  'It was ended elsewhere, and nothing is kept of it.',
  'unknown',
)

/** How a row ended. What another version or tab wrote, and cannot be read, is an unknown end. */
export function settlementIn(row: OutboxRow): Settlement {
  const end = row.result as Settlement | undefined
  return end?.ok !== undefined ? end : LOST
}

const settled = (
  frame: { channel_id: string; epoch?: number | undefined; ts: number },
  channelSeq: number | undefined,
  messageId: string,
  deduplicated: boolean,
): Settlement => ({
  ok: true,
  result: {
    channelId: frame.channel_id,
    epoch: epochOf(frame),
    channelSeq,
    messageId,
    sentAt: frame.ts,
    deduplicated,
  },
})

export const settlementOfAck = (ack: ServerFrames['message.ack']): Settlement =>
  settled(ack, ack.channel_seq, ack.message_id, ack.deduplicated)

/** What this user's own event in the stream says of the command that it came from. */
export function settlementOfEvent(event: ChannelEvent): Settlement | undefined {
  const fields = event as Partial<Record<'message_id' | 'target_message_id', string>>
  const messageId = fields.message_id ?? fields.target_message_id
  if (event.type === 'event.hidden' || messageId === undefined) return undefined
  return settled(event, event.channel_seq, messageId, false)
}
