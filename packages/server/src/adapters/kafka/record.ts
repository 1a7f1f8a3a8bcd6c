import type { Command } from '../../stream/command.js'
import { partitionOf } from '../../stream/partition.js'
import type { RequestContext } from '../../stream/request-context.js'
import { isTraceparent } from '../../trace/traceparent.js'
import { boundedTracestate } from '../../trace/tracestate.js'

/** The name under which the partitioner of `stream/partition.ts` is stored (R11). */
export const PARTITIONER = 'fnv1a-mix'

/** A command as it stands in the log. */
export interface EncodedRecord {
  readonly partition: number
  readonly key: string
  readonly value: Buffer
  readonly headers: Readonly<Record<string, string>>
  /** About what it takes in a request. */
  readonly bytes: number
}

/** What a client hands out. */
export interface RawRecord {
  readonly offset: number
  readonly value: Buffer | null
}

export type DecodedRecord =
  | { readonly record: 'command'; readonly command: Command }
  /** The last record of its partition: nothing behind it is folded (R10). */
  | { readonly record: 'seal' }
  | { readonly record: 'foreign'; readonly reason: string }

/** What a record takes besides its key, value and headers. */
const OVERHEAD_BYTES = 32

/** The partition is set here, by the channel, whatever the client library would choose (R11). */
export function encodeCommand(command: Command, partitions: number): EncodedRecord {
  const value = Buffer.from(JSON.stringify(command))
  const headers = { rules: String(command.rules), ...requestHeaders(command) }
  return {
    partition: partitionOf(command.channelId, partitions),
    key: command.channelId,
    value,
    headers,
    bytes: recordBytes(command.channelId, value, headers),
  }
}

/** Which request made a record, for whoever reads it. */
export const requestHeaders = ({ requestId, trace, traceState }: RequestContext) => ({
  request_id: requestId,
  ...(trace !== undefined && { traceparent: trace }),
  ...(traceState !== undefined && { tracestate: traceState }),
})

/** About what a record takes in a request. */
export function recordBytes(
  key: string,
  value: Buffer,
  headers: Readonly<Record<string, string>>,
): number {
  let bytes = OVERHEAD_BYTES + value.length + key.length * 3
  for (const [name, text] of Object.entries(headers)) bytes += name.length + text.length * 3 + 2
  return bytes
}

const SEAL_PREFIX = 'tidings seal '

/**
 * Small enough for a topic that takes nothing else any more; see SEALED_MAX_MESSAGE_BYTES.
 */
export const encodeSeal = (generation: number): Buffer => Buffer.from(`${SEAL_PREFIX}${generation}`)

/** Takes a record apart, and checks that it lies where its channel belongs. */
export function decodeRecord(
  value: Buffer | null,
  partition: number,
  partitions: number,
): DecodedRecord {
  if (value === null) return { record: 'foreign', reason: 'it has no content' }
  if (value[0] !== OPENING_BRACE) {
    return value.toString('latin1').startsWith(SEAL_PREFIX)
      ? { record: 'seal' }
      : { record: 'foreign', reason: 'it is neither a command nor a seal' }
  }
  const command = parse(value)
  if (command === undefined) return { record: 'foreign', reason: 'it is not a command' }
  const belongs = partitionOf(command.channelId, partitions)
  if (belongs !== partition) {
    return { record: 'foreign', reason: `its channel belongs into partition ${belongs}` }
  }
  return { record: 'command', command }
}

const OPENING_BRACE = 0x7b

/** Kind and rules are judged by the reader, which knows what it can fold (R11). */
function parse(value: Buffer): Command | undefined {
  try {
    const parsed: unknown = JSON.parse(value.toString('utf8'))
    const { channelId, kind, rules } = parsed as Record<string, unknown>
    const sound =
      typeof channelId === 'string' && typeof kind === 'string' && typeof rules === 'number'
    return sound ? withSoundRequest(parsed as Command) : undefined
  } catch {
    return undefined
  }
}

/** What names its request decides nothing, so what is wrong with it is left out, and the command stays. */
function withSoundRequest(command: Command): Command {
  const { requestId, trace, traceState, ...rest } = command
  const soundId = typeof requestId === 'string'
  const soundTrace = trace === undefined || isTraceparent(trace)
  const soundState = traceState === undefined || boundedTracestate(traceState) === traceState
  if (soundId && soundTrace && soundState) return command
  return {
    ...rest,
    requestId: soundId ? requestId : '',
    ...(soundTrace && trace !== undefined && { trace }),
    ...(soundTrace && soundState && traceState !== undefined && { traceState }),
  }
}
