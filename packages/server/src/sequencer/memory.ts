import type { TargetState } from '../ports/message-store.js'
import type { CommandId } from '../stream/command.js'
import type { ChannelState, Effect, EventRow, IdRow } from '../stream/event.js'
import { comparePositions, type Position } from '../stream/position.js'
import type { StoredRow } from './fold.js'
import type { HeldIds } from './held-ids.js'
import { Recent } from './recent.js'

/** What is known of one channel in this assignment. */
export interface ChannelMemory {
  state: ChannelState
  /** The highest position in the store: `expected` of the next write. */
  stored: Position | undefined
  above: readonly StoredRow[]
}

export type SavedChannels = readonly (readonly [channelId: string, memory: ChannelMemory])[]

/** Most channels kept after their last command was committed: a cache (I7). */
const MAX_CHANNELS = 50_000

/**
 * Everything that one assignment has learnt and done. It ends with the assignment (R1); until its offset is
 * committed, what was done here wins over what is read (R4).
 */
export class AssignmentMemory {
  readonly #channels = new Map<string, ChannelMemory>()
  readonly #ids = new Recent<IdRow>()
  readonly #rows = new Recent<EventRow>()
  readonly #deletes = new Recent<Position>()
  readonly #reactions = new Recent<boolean>()

  constructor(
    /** Left out: every id is asked for. */
    readonly heldIds?: HeldIds,
  ) {}

  channel(channelId: string): ChannelMemory | undefined {
    return this.#channels.get(channelId)
  }

  install(channelId: string, memory: ChannelMemory): void {
    this.#channels.delete(channelId)
    this.#channels.set(channelId, memory)
  }

  id(id: CommandId): IdRow | undefined {
    return this.#ids.get(idKey(id))
  }

  remember(idRow: IdRow): void {
    this.#ids.set(idKey(idRow.id), idRow.position.offset, idRow)
    this.heldIds?.add(idRow)
  }

  /** True if the row was numbered here, so that nothing about it needs to be read. */
  numbered(channelId: string, seq: number): boolean {
    return this.#rows.get(rowKey(channelId, seq)) !== undefined
  }

  wrote(row: EventRow, effect: Effect | undefined): void {
    this.#rows.set(rowKey(row.channelId, row.channelSeq), row.position.offset, row)
    if (effect === undefined) return
    const key = rowKey(row.channelId, effect.target.channelSeq)
    const { offset } = row.position
    if (effect.kind === 'delete') this.#deletes.set(key, offset, row.position)
    if (effect.kind === 'reaction') {
      this.#reactions.set(reactionKey(key, effect), offset, effect.present)
    }
  }

  /** A target as it was read, with what was done here laid over it (R4). */
  target(
    channelId: string,
    seq: number,
    reaction: Reaction | undefined,
    read: TargetState | undefined,
  ): TargetState | undefined {
    const key = rowKey(channelId, seq)
    const row = this.#rows.get(key)
    const base = row === undefined ? read : asTarget(row)
    if (base === undefined) return undefined
    const present = reaction && this.#reactions.get(reactionKey(key, reaction))
    return {
      ...base,
      deletedAt: this.#deletes.get(key) ?? base.deletedAt,
      reactionPresent: present ?? base.reactionPresent,
    }
  }

  /** What `undo` brings back. */
  save(channelIds: Iterable<string>): SavedChannels {
    const saved: [string, ChannelMemory][] = []
    for (const channelId of new Set(channelIds)) {
      const channel = this.#channels.get(channelId)
      if (channel !== undefined) saved.push([channelId, { ...channel }])
    }
    return saved
  }

  /** Undoes a batch that began at the offset and changed no row that stood. */
  undo(saved: SavedChannels, offset: number): void {
    for (const [channelId, channel] of saved) this.#channels.set(channelId, channel)
    this.#ids.forgetFrom(offset)
    this.heldIds?.clear()
    this.#rows.forgetFrom(offset)
  }

  /** Called when everything below is committed: from now on that is read from the store. */
  forgetBelow(committed: Position): void {
    this.#forgetDone(committed.offset)
    for (const [channelId, { state }] of this.#channels) {
      if (this.#channels.size <= MAX_CHANNELS) return
      if (comparePositions(state.position, committed) < 0) this.#channels.delete(channelId)
    }
  }

  /** Called when everything is committed and numbering may have started anew: all is read again (R10). */
  forgetAll(): void {
    this.#channels.clear()
    this.heldIds?.clear()
    this.#forgetDone(Number.POSITIVE_INFINITY)
  }

  #forgetDone(offset: number): void {
    this.#ids.forgetBelow(offset)
    this.#rows.forgetBelow(offset)
    this.#deletes.forgetBelow(offset)
    this.#reactions.forgetBelow(offset)
  }
}

export interface Reaction {
  readonly emoji: string
  readonly userId: string
}

// ids hold no control characters, so a line break keeps the parts of a key apart
const idKey = (id: CommandId): string => `${id.channelId}\n${id.userId}\n${id.clientMsgId}`
const rowKey = (channelId: string, seq: number): string => `${channelId}\n${seq}`
const reactionKey = (row: string, { emoji, userId }: Reaction): string =>
  `${row}\n${userId}\n${emoji}`

const asTarget = ({ event, messageCount }: EventRow): TargetState => ({
  messageId: event.type === 'message.new' ? event.message_id : '',
  userId: event.type === 'event.hidden' ? '' : event.user_id,
  messageCount,
  deletedAt: undefined,
  reactionPresent: false,
})
