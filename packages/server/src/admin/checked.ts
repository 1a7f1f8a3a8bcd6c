import { clientFrames, explain, rest } from '@tidings/protocol/schemas'
import * as z from 'zod/mini'
import { OperationError } from '../operations/actor.js'
import { misreadNumber } from '../operations/misread-number.js'

const { client_msg_id } = clientFrames['message.send'].shape
const as = {
  channel_id: rest.channelParams.shape.channel_id,
  user_id: rest.userParams.shape.user_id,
}
const target = { target_seq: rest.messageParams.shape.seq, target_message_id: as.user_id }
const { epoch } = rest.postMessage.shape

/** What each method takes, by the same schemas as its route, so that no way in is wider than another. */
const INPUTS = {
  user: z.object({ ...rest.userParams.shape, ...rest.putUser.shape }),
  sessions: z.object({ ...rest.userParams.shape, ...rest.endSessionsQuery.shape }),
  workspace: z.object({ ...rest.workspaceParams.shape, ...rest.putWorkspace.shape }),
  workspaceMember: z.object({
    ...rest.workspaceMemberParams.shape,
    ...rest.putWorkspaceMember.shape,
  }),
  channel: z.object({ ...rest.workspaceChannelParams.shape, ...rest.putChannel.shape }),
  direct: z.object({ ...rest.workspaceParams.shape, user_ids: z.tuple([as.user_id, as.user_id]) }),
  member: z.object({ ...rest.channelMemberParams.shape, ...rest.putMember.shape }),
  removal: z.object({ ...rest.channelMemberParams.shape, ban: z._default(z.boolean(), false) }),
  send: z.object({ ...as, ...rest.postMessage.shape, user_id: as.user_id }),
  edit: z.object({
    ...as,
    ...target,
    epoch,
    client_msg_id: z.optional(client_msg_id),
    text: rest.patchMessage.shape.text,
  }),
  delete: z.object({ ...as, ...target, epoch, client_msg_id: z.optional(client_msg_id) }),
  history: z.object({ ...rest.channelParams.shape, ...rest.historyQuery.shape }),
}

/** The value as its schema reads it. Throws OperationError naming the field and what is allowed. */
export function checked<K extends keyof typeof INPUTS>(
  input: K,
  value: Readonly<Record<string, unknown>>,
): z.infer<(typeof INPUTS)[K]> {
  const parsed = INPUTS[input].safeParse(value)
  if (parsed.success) {
    const misread = misreadNumber(value, parsed.data)
    if (misread !== undefined) {
      throw new OperationError('invalid_frame', inCamelCase(`${misread}: must be a number.`))
    }
    return parsed.data as z.infer<(typeof INPUTS)[K]>
  }
  const { code, message } = explain(parsed.error, value)
  throw new OperationError(code, inCamelCase(message))
}

/** Where it is more than another way to write the name. */
const IN_PROCESS: Readonly<Record<string, string>> = {
  target_seq: 'target.channelSeq',
  target_message_id: 'target.messageId',
  'reply_to.seq': 'replyTo.channelSeq',
}

/** In process, fields are written as in TypeScript. */
const inCamelCase = (message: string): string =>
  message.replace(
    /^[\w.]+(?=:)/,
    (field) =>
      IN_PROCESS[field] ?? field.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
  )
