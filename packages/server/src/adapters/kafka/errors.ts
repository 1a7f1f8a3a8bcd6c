/** Why the log cannot be used: `message` is one sentence of what is wrong, `remedy` one of what to do. */
export class KafkaLogError extends Error {
  override readonly name = 'KafkaLogError'
  constructor(
    readonly code: KafkaLogErrorCode,
    message: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

export type KafkaLogErrorCode =
  | 'unreachable'
  | 'topic_missing'
  /** It is not the topic that this installation used. */
  | 'topic_foreign'
  /** Its settings may lose what was acknowledged. */
  | 'topic_unsafe'
  /** What readers commit may be lost with one broker. */
  | 'offsets_unsafe'
  /** Partition count, partitioner or rules differ from what is stored. */
  | 'rules_differ'
  /** Offsets say that the log lost records, or was restored. */
  | 'gone_back'
  /** A record that this installation did not write, or that lies where it must not. */
  | 'record_foreign'

/** A request that was given up, for its cause, before any of it went to a broker. */
export class NotSent extends Error {
  override readonly name = 'NotSent'
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

/** What became of a request that appends. */
export type AppendFailure =
  /** The brokers will not take it, however often it is sent. */
  | 'refused'
  /** It was not appended this time. */
  | 'not_appended'
  /** Nobody knows. */
  | 'unknown'

const REFUSED: ReadonlySet<string> = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_REQUIRED_ACKS',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
])

/**
 * What a leader answers before it appends anything, and nobody else answers. Not among them: what it also answers
 * when it leads no more and has appended it (NOT_LEADER_OR_FOLLOWER, UNKNOWN_TOPIC_OR_PARTITION), and what is said of
 * connections and metadata, for the library looks for brokers when an answer is lost, and may throw what it finds then.
 */
const NOT_APPENDED: ReadonlySet<string> = new Set(['NOT_ENOUGH_REPLICAS'])

const MEMBERSHIP_OVER: ReadonlySet<string> = new Set([
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'REBALANCE_IN_PROGRESS',
  'FENCED_INSTANCE_ID',
  'GROUP_AUTHORIZATION_FAILED',
])

/** What an error of a send says: `unknown` unless it is sure, for what is refused may be sent under a new id. */
export function appendFailure(error: unknown): AppendFailure {
  if (error instanceof NotSent) return isOneOf(REFUSED, error.cause) ? 'refused' : 'not_appended'
  // the library throws such an answer as it is; inside another error it is about metadata, and came after the send
  const answer = (error as { type?: unknown } | undefined)?.type
  if (typeof answer === 'string' && REFUSED.has(answer)) return 'refused'
  return isOneOf(NOT_APPENDED, error) ? 'not_appended' : 'unknown'
}

/** Whether a group's coordinator said that this membership is over: its commits will never be taken. */
export const endsMembership = (error: unknown): boolean => isOneOf(MEMBERSHIP_OVER, error)

const DENIED: ReadonlySet<string> = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
])

/** Whether the cluster does not let this client ask. */
export const isDenied = (error: unknown): boolean => isOneOf(DENIED, error)

const NOT_KNOWN: ReadonlySet<string> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
])

/** Whether the broker that was asked does not know the topic: it may not have heard of it yet. */
export const isNotKnown = (error: unknown): boolean => isOneOf(NOT_KNOWN, error)

const CREATION_REFUSED: ReadonlySet<string> = new Set([
  'INVALID_REPLICATION_FACTOR',
  'INVALID_PARTITIONS',
  'INVALID_CONFIG',
  'INVALID_TOPIC_EXCEPTION',
  'POLICY_VIOLATION',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
])

/** Why the cluster will not make a topic, however often it is asked; undefined when it may yet. */
export function creationRefusal(error: unknown): string | undefined {
  const { errors = [error] } = error as { errors?: readonly unknown[] }
  const refusing = errors.find((one) => isOneOf(CREATION_REFUSED, one))
  return refusing instanceof Error ? refusing.message.replace(/\.$/, '') : undefined
}

const isOneOf = (kinds: ReadonlySet<string>, error: unknown): boolean =>
  kindsOf(error).some((kind) => kinds.has(kind))

/** The protocol's and the system's names for an error, from the outermost to its first cause. */
function kindsOf(error: unknown): readonly string[] {
  const kinds: string[] = []
  let at: unknown = error
  for (let depth = 0; depth < 8 && typeof at === 'object' && at !== null; depth++) {
    const { type, code, cause } = at as { type?: unknown; code?: unknown; cause?: unknown }
    if (typeof type === 'string') kinds.push(type)
    if (typeof code === 'string') kinds.push(code)
    at = cause
  }
  return kinds
}
