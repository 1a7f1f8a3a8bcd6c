import type { ChannelEvent, ServerFrame } from '@tidings/protocol'

/**
 * An event that takes its number in a channel's stream but cannot be read: of a kind that only a
 * newer server knows, or malformed. The gate emits it as `{ kind: 'unknown' }`.
 */
export interface UnreadableEvent {
  readonly type: 'unreadable'
  readonly channel_id: string
  readonly channel_seq: number
  readonly epoch?: number
  readonly message_count?: number
}

export type GuardedEvent = ChannelEvent | UnreadableEvent
export type GuardedFrame = ServerFrame | UnreadableEvent

/**
 * Frames that a feature understands, by type. A form names the fields that are used, each with the
 * letter of what it holds: `s` string, `n` number from 0, `b` boolean, `o` object, `a` array; `?`
 * where it may be left out. What an array holds is for the feature to look at.
 */
export type FrameForms = Readonly<Record<string, string>>

type Fields = Readonly<Record<string, unknown>>
type Check = (value: unknown) => boolean

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isSeq: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const isArrayOf = (value: unknown, check: Check): boolean =>
  Array.isArray(value) && value.every(check)

/** By the letter that a form below ends a field with. */
const CHECKS: Readonly<Record<string, Check>> = {
  s: (value) => typeof value === 'string',
  n: isSeq,
  b: (value) => typeof value === 'boolean',
  o: isObject,
  a: (value) => Array.isArray(value),
  c: (value) => isObject(value) && fits(value, ENTRY),
  C: (value) => isArrayOf(value, (entry) => isObject(entry) && fits(entry, ENTRY)),
  g: (value) => isArrayOf(value, (gone) => isObject(gone) && fits(gone, 'channel_id:s reason:s')),
  r: (value) => isArrayOf(value, (row) => isObject(row) && fits(row, 'emoji:s count:n user_ids:a')),
}

const ENTRY =
  'channel_id:s kind:s name:s? role:s head_seq:n oldest_seq:n epoch:n? from_seq:n? message_count:n read_seq:n? read_message_count:n?'
const EVENT = 'channel_id:s channel_seq:n epoch:n? message_count:n '
const MADE = `${EVENT}user_id:s client_msg_id:s ts:n `
const CHANGE = `${MADE}target_seq:n target_message_id:s `
const PLACE = 'channel_id:s head_seq:n oldest_seq:n epoch:n? '

const EVENTS: FrameForms = {
  'message.new': `${MADE}message_id:s text:s? reply_to:o? attachments:a? metadata:o? rev:n? edited_seq:n? deleted_seq:n? reactions:r? reply_count:n? pinned:b?`,
  'message.edited': `${CHANGE}text:s?`,
  'message.deleted': CHANGE,
  'reaction.added': `${CHANGE}emoji:s`,
  'reaction.removed': `${CHANGE}emoji:s`,
  'member.joined': `${MADE}role:s`,
  'member.left': `${MADE}reason:s`,
  'channel.updated': `${MADE}name:s? member:o?`,
  'event.hidden': EVENT,
}

const FRAMES: FrameForms = {
  hello_ack:
    'user_id:s session_id:s server_ts:n token_expires_in_ms:n? limits:o resume:s channels:C gone:g channels_cursor:s?',
  'channels.page': 'channels:C cursor:s?',
  'channel.added': 'channel:c',
  'channel.changed': 'channel:c',
  'channel.removed': 'channel_id:s epoch:n? last_seq:n reason:s',
  'message.ack':
    'client_msg_id:s channel_id:s epoch:n? channel_seq:n? message_id:s ts:n deduplicated:b noop:b?',
  'message.backfill': `ref:s ${PLACE}from_seq:n to_seq:n as_of_seq:n messages:a has_more:b`,
  'channel.head': `${PLACE}message_count:n spread_ms:n?`,
  'channel.reset': 'channel_id:s epoch:n? from_seq:n',
  'auth.refreshed': 'token_expires_in_ms:n?',
  error: 'code:s message:s client_msg_id:s? channel_id:s? retry_after_ms:n? retryable:b outcome:s?',
  goaway: 'reason:s reconnect_after_ms:n jitter_ms:n',
  pong: '',
}

/** The forms that were met, taken apart: each is a constant of ours or of a feature. */
const partsOf = new Map<string, readonly string[][]>()

/** True if every field that the form names is there, or is left out where it may be. */
function fits(value: Fields, form: string): boolean {
  let parts = partsOf.get(form)
  if (!parts) {
    parts = form.match(/\S+/g)?.map((field) => field.split(/:|\b/)) ?? []
    partsOf.set(form, parts)
  }
  return (
    parts.every(([name = '', kind = '', optional]) =>
      value[name] === undefined ? optional : CHECKS[kind]?.(value[name]),
    ) &&
    (value.ref === undefined || typeof value.ref === 'string')
  )
}

const formIn = (table: FrameForms, type: unknown): string | undefined =>
  typeof type === 'string' && Object.hasOwn(table, type) ? table[type] : undefined

/** One event of a stream: as it is, as unreadable, or undefined if it takes no number. Never throws. */
export function guardEvent(value: unknown): GuardedEvent | undefined {
  if (!isObject(value) || !fits(value, 'channel_id:s channel_seq:n')) return undefined
  const form = formIn(EVENTS, value.type)
  if (form !== undefined && fits(value, form)) return value as ChannelEvent
  const { channel_id, channel_seq, epoch, message_count } = value
  return {
    type: 'unreadable',
    channel_id: channel_id as string,
    channel_seq: channel_seq as number,
    ...(isSeq(epoch) && { epoch: epoch as number }),
    ...(isSeq(message_count) && { message_count: message_count as number }),
  }
}

/**
 * One envelope from the server, or undefined for what neither the SDK nor the features, which say so
 * by `more`, can use. Never throws.
 */
export function guardFrame(value: unknown, more: FrameForms = {}): GuardedFrame | undefined {
  if (!isObject(value)) return undefined
  const form = formIn(FRAMES, value.type) ?? formIn(more, value.type)
  if (form === undefined) return guardEvent(value)
  if (!fits(value, form)) return undefined
  if (value.type !== 'message.backfill') return value as ServerFrame
  const messages = (value.messages as unknown[])
    .map(guardEvent)
    .filter((event) => event !== undefined)
  return { ...value, messages } as ServerFrame
}

/** The envelopes of one text frame that can be used, and how many could not. Never throws. */
export function readFrames(
  text: string,
  more?: FrameForms,
): { frames: GuardedFrame[]; ignored: number } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { frames: [], ignored: 1 }
  }
  const envelopes = Array.isArray(value) ? value : [value]
  const frames = envelopes
    .map((envelope) => guardFrame(envelope, more))
    .filter((frame) => frame !== undefined)
  return { frames, ignored: envelopes.length - frames.length }
}
