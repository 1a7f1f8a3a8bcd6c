import type { ClientFrames } from '@tidings/protocol'
import type { ReceiptKind } from '../../ports/receipts.js'
import type { Connection } from '../connection.js'
import type { Core } from '../core.js'
import { answerError, echoOf } from '../inbound.js'
import { readableChannel, refusalOf } from '../readable.js'
import type { Handler } from './index.js'
import { notServed } from './not-served.js'

export const receiptRead: Handler<'receipt.read'> = (core, connection, frame) =>
  take(core, connection, frame, 'read')

export const receiptDelivered: Handler<'receipt.delivered'> = (core, connection, frame) =>
  take(core, connection, frame, 'delivered')

/** Stored in a moment, and answered only when it is refused. */
async function take(
  core: Core,
  connection: Connection,
  frame: ClientFrames['receipt.read' | 'receipt.delivered'],
  kind: ReceiptKind,
): Promise<void> {
  if (core.parts.receipts === undefined) return notServed(core, connection, frame)
  const channel = await readableChannel(core, connection, frame.channel_id)
  if (connection.state !== 'live') return
  if (channel === undefined) {
    const code = await refusalOf(core, connection, frame.channel_id)
    return answerError(core, connection, code, echoOf(frame))
  }
  const { epoch = 1, seq } = frame
  if (epoch > channel.epoch) {
    return answerError(core, connection, 'unavailable', {
      ...echoOf(frame),
      retryAfterMs: RETRY_AFTER_MS,
      outcome: 'not_sent',
    })
  }
  core.receipts.take(connection, channel, kind, { epoch, seq })
}

const RETRY_AFTER_MS = 500
