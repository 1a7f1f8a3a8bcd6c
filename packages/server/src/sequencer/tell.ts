import type { LogRecord } from '../stream/command.js'
import type { StepLog } from '../trace/steps.js'
import type { Folded } from './fold.js'

/** Tells of each command of a batch that is durable now, if somebody listens. */
export function tellStored(
  steps: StepLog | undefined,
  records: readonly LogRecord[],
  results: readonly Folded[],
): void {
  if (!steps?.isOn()) return
  records.forEach(({ command, position }, i) => {
    const folded = results[i]
    if (folded === undefined) return
    const { result, outcome } = folded
    steps.tell('stored', command, {
      partition: position.partition,
      offset: position.offset,
      channel_id: command.channelId,
      ...(result.status === 'accepted' && { channel_seq: result.channelSeq }),
      ...(result.status === 'rejected' ? { code: result.code } : { message_id: result.messageId }),
      result: result.status,
      deduplicated: outcome === 'repeat',
    })
  })
}
