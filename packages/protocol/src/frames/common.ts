import * as z from 'zod/mini'
import { isId, SERVER_ID_PREFIX } from '../ids.js'
import { LIMITS } from '../limits.js'

const utf8 = new TextEncoder()

/** Size of a string in bytes of UTF-8. */
export const utf8Bytes = (text: string): number => utf8.encode(text).length

export const id = z
  .string()
  .check(
    z.refine(
      isId,
      `must be 1 to ${LIMITS.idMaxUnits} characters, well-formed, without control characters`,
    ),
  )

/** An id that a client may make: not in the server's own namespace (R15). */
export const clientMsgId = id.check(
  z.refine((value) => !value.startsWith(SERVER_ID_PREFIX), `must not begin with ${SERVER_ID_PREFIX}`),
)

export const seq = z.int().check(z.gte(0))
export const positiveSeq = z.int().check(z.gte(1))
/** Left out when it is 1. */
export const epoch = z.optional(z.int().check(z.gte(1)))
export const timestamp = z.int().check(z.gte(0))
export const durationMs = z.int().check(z.gte(0))
export const ref = z.optional(z.string().check(z.minLength(1), z.maxLength(LIMITS.idMaxUnits)))

export const text = z.string().check(
  z.refine((value) => value.isWellFormed(), 'must be well-formed Unicode'),
  z.refine(
    (value) => value.length <= LIMITS.textMaxUnits && utf8Bytes(value) <= LIMITS.textMaxBytes,
    { error: `must be at most ${LIMITS.textMaxUnits} UTF-16 units and ${LIMITS.textMaxBytes} bytes`, params: { code: 'msg_too_long' } },
  ),
)

/** What reads as a token of the user's keyboard: the server does not judge which emoji exist. */
export const emoji = z.string().check(
  z.minLength(1),
  z.maxLength(LIMITS.emojiMaxUnits),
  z.refine(isId, 'must be well-formed, without control characters'),
)

export const metadata = z.record(z.string(), z.json()).check(
  z.refine((value) => utf8Bytes(JSON.stringify(value)) <= LIMITS.metadataMaxBytes, {
    error: `must be at most ${LIMITS.metadataMaxBytes} bytes of JSON`,
    params: { code: 'msg_too_long' },
  }),
)

export const attachment = z.object({
  /** A reference of the embedding platform: a URL or a media id. */
  url: z.string().check(z.minLength(1), z.maxLength(2048)),
  content_type: z.optional(z.string().check(z.maxLength(128))),
  name: z.optional(z.string().check(z.maxLength(256))),
  size_bytes: z.optional(z.int().check(z.gte(0))),
})
export const attachments = z.array(attachment).check(z.maxLength(LIMITS.attachmentsMax))

/** Names a message by number and id: both must fit, or it is another message. */
export const replyTo = z.object({ seq: positiveSeq, message_id: id })

export const channelKind = z.enum(['public', 'private', 'direct'])
export const role = z.enum(['owner', 'admin', 'member', 'read_only'])
