import * as z from 'zod/mini'
import { id } from '../frames/common.js'

export const name = z.string().check(
  z.minLength(1),
  z.maxLength(200),
  // a database may hold no text with U+0000
  z.refine(
    (value) => value.isWellFormed() && !value.includes('\0'),
    'must be well-formed Unicode without U+0000',
  ),
)

/** An opaque cursor: what a page's `next_cursor` said. */
export const cursor = z.optional(z.string().check(z.minLength(1), z.maxLength(512)))
export const pageLimit = z._default(z.coerce.number().check(z.int(), z.gte(1), z.lte(100)), 50)
export const pageQuery = z.object({ cursor, limit: pageLimit })

export const userParams = z.object({ user_id: id })
export const workspaceParams = z.object({ workspace_id: id })
export const workspaceMemberParams = z.object({ workspace_id: id, user_id: id })
export const workspaceChannelParams = z.object({ workspace_id: id, channel_id: id })
export const channelParams = z.object({ channel_id: id })
export const channelMemberParams = z.object({ channel_id: id, user_id: id })

/** Every answer of the API: data, or an error. */
export const answer = <T extends z.ZodMiniType>(data: T) =>
  z.object({ data, error: z.null(), request_id: z.string() })

export const failure = z.object({
  data: z.null(),
  error: z.object({
    code: z.string(),
    message: z.string(),
    request_id: z.string(),
    retryable: z.boolean(),
    retry_after_ms: z.optional(z.int()),
    /** Left out where nothing was asked to change. */
    outcome: z.optional(z.enum(['not_sent', 'rejected', 'unknown'])),
  }),
})

export const page = <T extends z.ZodMiniType>(item: T) =>
  z.object({ items: z.array(item), next_cursor: z.optional(z.string()) })

export const done = z.object({ ok: z.literal(true) })
