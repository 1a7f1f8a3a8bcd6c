import * as z from 'zod/mini'
import { isId, SERVER_ID_PREFIX } from '../ids.js'
import { isPlainJson, jsonProblem } from '../json.js'
import { LIMITS } from '../limits.js'
import { utf8Bytes, utf8Fits } from '../utf8.js'

export { utf8Bytes }

export const wellFormed = z.refine<string>(
  (value) => value.isWellFormed(),
  'must be well-formed Unicode',
)

/** A string of a bounded length that every JSON reader can carry unchanged. */
export const boundedString = (minUnits: number, maxUnits: number) =>
  z.string().check(z.minLength(minUnits), z.maxLength(maxUnits), wellFormed)

const ID_RULE =
  `must be 1 to ${LIMITS.idMaxUnits} UTF-16 units, well-formed, without control characters, ` +
  'and none of ".", "..", "__proto__"'

export const id = z.string().check(z.refine(isId, ID_RULE))

/** An id that a client may make: not in the server's own namespace (R15). */
export const clientMsgId = id.check(
  z.refine(
    (value) => !value.startsWith(SERVER_ID_PREFIX),
    `must not begin with ${SERVER_ID_PREFIX}`,
  ),
)

export const seq = z.int().check(z.gte(0))
export const positiveSeq = z.int().check(z.gte(1))
/** Left out when it is 1. */
export const epoch = z.optional(z.int().check(z.gte(1)))
export const timestamp = z.int().check(z.gte(0))
export const durationMs = z.int().check(z.gte(0))
/** Made by the client; the answer and the errors echo it. */
export const requiredRef = id
export const ref = z.optional(requiredRef)
export const cursor = boundedString(1, LIMITS.cursorMaxUnits)

export const text = z.string().check(
  wellFormed,
  z.refine((value) => value.length <= LIMITS.textMaxUnits && utf8Fits(value, LIMITS.textMaxBytes), {
    error: `must be at most ${LIMITS.textMaxUnits} UTF-16 units and ${LIMITS.textMaxBytes} bytes`,
    params: { code: 'msg_too_long' },
  }),
)

/** What reads as a token of the user's keyboard: the server does not judge which emoji exist. */
export const emoji = id.check(z.maxLength(LIMITS.emojiMaxUnits))

/** Opaque JSON of the embedding platform. Its depth is checked before anything recurses over it (I7). */
export const metadata = z.record(z.string(), z.unknown()).check(
  z.refine((value) => jsonProblem(value, LIMITS.metadataDepthMax) === undefined, {
    error: `must be nested at most ${LIMITS.metadataDepthMax} deep and not use __proto__ as a key`,
    abort: true,
  }),
  z.refine(isPlainJson, {
    error: 'must be JSON of well-formed Unicode and finite numbers',
    abort: true,
  }),
  z.refine((value) => utf8Fits(JSON.stringify(value), LIMITS.metadataMaxBytes), {
    error: `must be at most ${LIMITS.metadataMaxBytes} bytes of JSON`,
    params: { code: 'msg_too_long' },
  }),
)

export const attachment = z.object({
  /** A reference of the embedding platform: a URL or a media id. */
  url: boundedString(1, LIMITS.attachmentUrlMaxUnits),
  content_type: z.optional(boundedString(1, LIMITS.contentTypeMaxUnits)),
  name: z.optional(boundedString(1, LIMITS.attachmentNameMaxUnits)),
  size_bytes: z.optional(z.int().check(z.gte(0))),
})
export const attachments = z.array(attachment).check(z.maxLength(LIMITS.attachmentsMax))

/** Names a message by number and id: both must fit, or it is another message. */
export const replyTo = z.object({ seq: positiveSeq, message_id: id })

export const channelKind = z.enum(['public', 'private', 'direct'])
export const channelName = boundedString(1, LIMITS.channelNameMaxUnits)
export const role = z.enum(['owner', 'admin', 'member', 'read_only'])
