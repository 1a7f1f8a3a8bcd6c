import { may } from '../../permissions/permissions.js'
import { type Draft, refuse, type Step } from '../draft.js'

/**
 * The permission table, and what lies before a member's history: a target that they cannot see is not there
 * for them (I8). Whose message it is, only the log can tell: that is decided in the fold (R5).
 */
export const permission: Step = {
  name: 'permission',
  run(drafts) {
    for (const draft of drafts) if (draft.membership !== undefined) check(draft, draft.membership)
  },
}

function check(draft: Draft, { role, visibleFromSeq }: NonNullable<Draft['membership']>): void {
  const { frame } = draft
  if (!may(role, frame.type)) {
    refuse(draft, 'forbidden', { message: `As ${role} you may not do this in this channel.` })
    return
  }
  const named = frame.type === 'message.send' ? frame.reply_to?.seq : frame.target_seq
  if (named !== undefined && visibleFromSeq !== undefined && named < visibleFromSeq) {
    refuse(draft, 'not_found', { message: 'There is no such message at that number.' })
  }
}
