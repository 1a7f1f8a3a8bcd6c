import type { Answer, PushBatch } from '../ports/push.js'
import type { RequestContext } from '../stream/request-context.js'
import type { StepLog } from './steps.js'

/** Tells which events and answers go to a process, if somebody listens. Heads are nobody's, and say nothing. */
export function tellPushed(steps: StepLog | undefined, to: string, batch: PushBatch): void {
  if (!steps?.isOn()) return
  for (const { channelId, events } of batch.channels) {
    for (const { event, request } of events) {
      if (request === undefined) continue
      steps.tell('pushed', request, { to, channel_id: channelId, channel_seq: event.channel_seq })
    }
  }
  for (const answer of batch.answers) {
    const request = requestOfAnswer(answer)
    if (request === undefined) continue
    steps.tell('pushed', request, { to, channel_id: answer.id.channelId, answer: true })
  }
}

/** Tells that whoever waited for it has an answer, if somebody listens. */
export function tellAnswered(steps: StepLog | undefined, answer: Answer): void {
  if (!steps?.isOn()) return
  const request = requestOfAnswer(answer)
  if (request === undefined) return
  const { id, result, deduplicated } = answer
  steps.tell('answered', request, {
    channel_id: id.channelId,
    ...(result.status === 'accepted' && { channel_seq: result.channelSeq }),
    result: result.status,
    deduplicated,
  })
}

/** Undefined for an answer that does not say whose it is. */
function requestOfAnswer({ requestId, trace }: Answer): RequestContext | undefined {
  if (requestId === undefined) return undefined
  return { requestId, ...(trace !== undefined && { trace }) }
}
