import * as z from 'zod/mini'
import { channelKind, id, role, seq, timestamp } from '../frames/common.js'
import { name } from './common.js'

export const user = z.object({ user_id: id, name: z.string(), created_at: timestamp })
export const putUser = z.object({ name: z.optional(name) })
export const REFUSE_FOR_MAX_MS = 30 * 24 * 60 * 60 * 1000
export const endSessionsQuery = z.object({
  device_id: z.optional(id),
  token_id: z.optional(z.string().check(z.minLength(1), z.maxLength(512))),
  refuse_for_ms: z.optional(z.coerce.number().check(z.int(), z.gte(0), z.lte(REFUSE_FOR_MAX_MS))),
})
export const me = z.object({ user_id: id, name: z.string() })

export const workspace = z.object({
  workspace_id: id,
  name: z.string(),
  created_at: timestamp,
  role: z.optional(role),
})
export const createWorkspace = z.object({ name })
export const putWorkspace = z.object({ name: z.optional(name) })
export const workspaceMember = z.object({ workspace_id: id, user_id: id, role })
/** Left out: as it is; `member` for a new one. */
const keptRole = z.optional(role)
export const putWorkspaceMember = z.object({ role: keptRole })

export const channel = z.object({
  channel_id: id,
  workspace_id: id,
  kind: channelKind,
  name: z.string(),
  created_at: timestamp,
  member_count: z.int(),
  /** The two users of a direct channel. */
  user_ids: z.optional(z.array(id)),
  /** The asker's own role; left out for who is no member. */
  role: z.optional(role),
  head_seq: z.optional(seq),
  message_count: z.optional(seq),
})
const openKind = z.enum(['public', 'private'])
export const createChannel = z.object({ name, kind: z._default(openKind, 'public') })
export const putChannel = z.object({
  name: z.optional(name),
  /** Left out: as it is; `public` for a new one. */
  kind: z.optional(openKind),
  owner_id: z.optional(id),
})
export const patchChannel = z.object({ name })
export const directChannel = z.object({ user_id: id, with_user_id: z.optional(id) })

export const member = z.object({
  channel_id: id,
  user_id: id,
  role,
  visible_from_seq: z.optional(seq),
})
export const putMember = z.object({
  role: keptRole,
  visible_from_seq: z.optional(seq),
})
export const removeMemberQuery = z.object({ ban: z._default(z.stringbool(), false) })

export const devLogin = z.object({ name })
export const devLoginAnswer = z.object({
  token: z.string(),
  expires_in_ms: z.int(),
  user_id: id,
  workspace_id: id,
  channel_id: id,
})
