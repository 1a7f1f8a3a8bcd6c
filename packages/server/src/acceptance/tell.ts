import type { StepLog } from '../trace/steps.js'
import type { Draft } from './draft.js'
import type { CommandVerdict } from './port.js'

/** Tells what became of the commands of a batch, if somebody listens. */
export function tellVerdicts(
  steps: StepLog | undefined,
  drafts: readonly Draft[],
  verdicts: readonly CommandVerdict[],
): void {
  if (!steps?.isOn()) return
  drafts.forEach(({ request, frame, command }, i) => {
    const verdict = verdicts[i]
    const detail = {
      type: frame.type,
      channel_id: frame.channel_id,
      user_id: request.userId,
      client_msg_id: frame.client_msg_id,
    }
    if (verdict?.status === 'refused') {
      const { code, outcome } = verdict
      steps.tell('refused', request, { ...detail, code, outcome })
    } else {
      steps.tell('accepted', request, { ...detail, message_id: command?.messageId })
    }
  })
}
