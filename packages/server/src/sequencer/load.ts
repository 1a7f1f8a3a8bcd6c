import type {
  LoadRequest,
  LoadResult,
  TargetQuery,
  TargetState,
  UnknownIds,
} from '../ports/message-store.js'
import type { Command, CommandId, LogRecord } from '../stream/command.js'
import { bucketOf, type IdRow } from '../stream/event.js'
import { type IdWindow, windowName } from '../stream/id-window.js'
import type { Position } from '../stream/position.js'
import { emptyState } from '../stream/state.js'
import type { AssignmentMemory } from './memory.js'
import { namedTarget, rowKey } from './target.js'

interface ReadTarget {
  readonly epoch: number
  readonly state: TargetState | undefined
}

/**
 * What a batch needs that this assignment does not know yet, asked in one crossing (R2, R4, R5). Only where a
 * channel met for the first time has more than one epoch, a named row may have to be asked for again, and ids where
 * their window is not told.
 */
export class BatchLoad {
  readonly #ids = new Map<number, IdRow | undefined>()
  readonly #targets = new Map<number, ReadTarget>()
  /** Windows of ids that were asked for: an id whose window is still not held is then asked for alone. */
  readonly #windows = new Set<string>()
  #asked: Asked | undefined

  constructor(
    private readonly memory: AssignmentMemory,
    private readonly records: readonly LogRecord[],
    /** The first position that is not committed. */
    private readonly below: Position,
  ) {}

  /** The next request; undefined when everything is known. */
  request(): LoadRequest | undefined {
    const channels = new Set<string>()
    const ids: CommandId[] = []
    const idsOf: number[] = []
    const windows = new Map<string, IdWindow>()
    const targets: TargetQuery[] = []
    const targetsOf: number[] = []
    this.records.forEach((record, i) => {
      const { command } = record
      const { channelId, userId, clientMsgId } = command
      if (this.memory.channel(channelId) === undefined) channels.add(channelId)
      if (!this.#ids.has(i) && !this.#knowsId(command, i) && !this.#asksWindow(command, windows)) {
        ids.push({ channelId, userId, clientMsgId })
        idsOf.push(i)
      }
      const query = this.#missingTarget(record, i)
      if (query !== undefined) {
        targets.push(query)
        targetsOf.push(i)
      }
    })
    if (channels.size + ids.length + windows.size + targets.length === 0) return undefined
    for (const name of windows.keys()) this.#windows.add(name)
    const request = {
      below: this.below,
      channels: [...channels],
      ids,
      ...(windows.size > 0 && { windows: [...windows.values()] }),
      targets,
    }
    this.#asked = { request, idsOf, targetsOf }
    return request
  }

  /**
   * Takes the ids that are missing for unknown, and returns them. Undefined where that is not to be tried: when more
   * than ids is missing, or when the batch does something to rows that stand, which could not be undone.
   */
  presume(): UnknownIds | undefined {
    if (this.records.some(({ command }) => namedTarget(command) !== undefined)) return undefined
    const request = this.request()
    if (request === undefined || request.channels.length > 0) return undefined
    for (const i of this.#asked?.idsOf ?? []) this.#ids.set(i, undefined)
    this.#asked = undefined
    return { below: this.below, ids: request.ids }
  }

  install(result: LoadResult): void {
    const asked = this.#asked
    if (asked === undefined) throw new Error('A load is installed once, after its request.')
    this.#asked = undefined
    const { request, idsOf, targetsOf } = asked
    request.channels.forEach((channelId, i) => {
      const loaded = result.channels[i]
      if (loaded === undefined) throw new Error(`The store did not answer for ${channelId}.`)
      const { state, stored, above } = loaded
      this.memory.install(channelId, { state: state ?? emptyState(this.below), stored, above })
    })
    idsOf.forEach((record, i) => {
      this.#ids.set(record, result.ids[i])
    })
    request.windows?.forEach((window, i) => {
      this.memory.heldIds?.install(window, result.windows?.[i])
    })
    targetsOf.forEach((record, i) => {
      const epoch = request.targets[i]?.key.epoch ?? 1
      this.#targets.set(record, { epoch, state: result.targets[i] })
    })
  }

  /** The id of a record's command as it is known below the batch; what the batch itself did wins. */
  id(index: number): IdRow | undefined {
    const record = this.records[index]
    return (record && this.memory.id(record.command)) ?? this.#ids.get(index)
  }

  /** The row that a record's command names, as it is known now. */
  target(index: number): TargetState | undefined {
    const record = this.records[index]
    if (record === undefined) return undefined
    const named = namedTarget(record.command)
    if (named === undefined) return undefined
    const { channelId } = record.command
    const read = this.#targets.get(index)?.state
    return this.memory.target(channelId, named.seq, reactionOf(record), read)
  }

  /** Whether this assignment has done it itself, or holds its window. */
  #knowsId(command: Command, index: number): boolean {
    const isOwn = this.memory.id(command) !== undefined
    const held = isOwn ? { row: undefined } : this.memory.heldIds?.known(command, this.below)
    if (held === undefined) return false
    this.#ids.set(index, held.row)
    return true
  }

  /** Whether its window is asked for instead of it. */
  #asksWindow(command: Command, windows: Map<string, IdWindow>): boolean {
    const asked = this.memory.heldIds?.toAsk(command) ?? []
    const [own] = asked
    if (own === undefined || this.#windows.has(windowName(own))) return false
    for (const window of asked) windows.set(windowName(window), window)
    return true
  }

  #missingTarget(record: LogRecord, index: number): TargetQuery | undefined {
    const named = namedTarget(record.command)
    if (named === undefined || named.seq < 1) return undefined
    const { channelId } = record.command
    if (this.memory.numbered(channelId, named.seq)) return undefined
    const channel = this.memory.channel(channelId)
    const key =
      channel === undefined
        ? { channelId, epoch: named.epoch, bucket: bucketOf(named.seq), channelSeq: named.seq }
        : rowKey(channelId, channel.state, named.seq)
    if (this.#targets.get(index)?.epoch === key.epoch) return undefined
    const reaction = reactionOf(record)
    return { key, ...(reaction && { reaction }) }
  }
}

interface Asked {
  readonly request: LoadRequest
  readonly idsOf: readonly number[]
  readonly targetsOf: readonly number[]
}

function reactionOf({ command }: LogRecord) {
  if (command.kind !== 'reaction.add' && command.kind !== 'reaction.remove') return undefined
  return { emoji: command.emoji, userId: command.userId }
}
