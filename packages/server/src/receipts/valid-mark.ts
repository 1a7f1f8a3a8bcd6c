import type { Watermark } from '../ports/receipts.js'
import { type ChannelState, validUpTo } from '../stream/event.js'

/**
 * A watermark in the numbering of now: a newer epoch lowers it to where that begins. Its count is then the lowest
 * that it can be, so that no message is taken for read that was not.
 */
export function validMark(
  channel: Pick<ChannelState, 'epoch' | 'epochs'>,
  mark: Watermark,
): Watermark {
  const { epoch } = channel
  if (mark.epoch >= epoch) return mark
  const seq = Math.min(mark.seq, validUpTo(channel.epochs, mark.epoch) ?? mark.seq)
  return { epoch, seq, messageCount: Math.max(0, mark.messageCount - (mark.seq - seq)) }
}
