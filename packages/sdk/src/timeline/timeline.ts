import { given } from '../arguments.js'
import type { Gap, Message, StreamEvent } from '../channel/items.js'
import type { OutboxView } from '../channel/outbox-view.js'
import { checkLimit, type MessagePage, type ReadPage } from '../channel/pages.js'
import { Emitter, type ListenOptions } from '../emitter.js'
import { abortedError, TidingsError } from '../errors.js'
import { BACKFILL_MAX_EVENTS } from '../limits.js'
import { atEndOfTurn, lasting } from '../turn.js'
import { type TimelineItem, withEchoes } from './echoes.js'
import {
  firstSeq,
  ITEMS_MAX,
  listFrom,
  type TimelineList,
  trimmed,
  withBelow,
  withEvent,
  withFilled,
  withItem,
} from './list.js'
import { followOutbox } from './own.js'

/** What a timeline shows at one moment. The same object until something changed. */
export interface TimelineSnapshot {
  /** Stored messages and gaps, ascending by number; then what this user sends, in order of sending. */
  readonly items: readonly TimelineItem[]
  /** `loadOlder()` has something to load; false also while the timeline holds all that it can, 5,000 items. */
  readonly hasOlder: boolean
  readonly loadingOlder: boolean
}

/**
 * A channel's messages as they are now: edits, deletes, reactions and this user's own unsent
 * commands folded in. Made for `useSyncExternalStore(timeline.subscribe, timeline.getSnapshot)`.
 */
export interface Timeline {
  readonly getSnapshot: () => TimelineSnapshot
  /**
   * Opens the channel, loads the newest page, and calls back after each change, once per turn.
   * Returns the unsubscribe.
   */
  readonly subscribe: (listener: () => void, options?: ListenOptions) => () => void
  /**
   * Loads the page before the oldest item (50 messages unless `limit` says otherwise). Does nothing
   * when there is none, or while 5,000 items are held: go on with `history()` then. Waits while
   * offline and, opening the channel, for its start; a second call while one is on its way is the
   * same one. Rejects with `not_in_channel`, `aborted` or `closed`.
   */
  readonly loadOlder: (options?: LoadOptions) => Promise<void>
}

export interface LoadOptions {
  readonly limit?: number | undefined
  readonly signal?: AbortSignal | undefined
}

const PAGE = 50
export interface TimelineParts {
  readonly channelId: string
  readonly outbox: OutboxView
  readonly userId: () => string | undefined
  /** Where the gate stands; undefined before it has a start. */
  readonly place: () => { position: number; epoch: number; oldestSeq: number } | undefined
  readonly read: ReadPage
  /** Keeps the channel open until the returned function is called. */
  readonly hold: () => () => void
  /** Resolves when the gate of an open channel has a start. */
  readonly started: (signal: AbortSignal | undefined) => Promise<void>
}

/** The timeline, and how its channel feeds it. */
export interface TimelineFeed {
  readonly timeline: Timeline
  readonly isLookedAt: () => boolean
  event(event: StreamEvent): void
  gap(gap: Gap): void
  /** Numbering started anew: nothing that is held can be trusted to be free of void changes. */
  reset(): void
  /** The gate took a step: it may have started, or passed the number of a command. */
  stepped(): void
  fill(gap: Gap, filling: readonly (Message | Gap)[]): void
  trim(max: number): void
  close(): void
}

export function createTimeline(parts: TimelineParts): TimelineFeed {
  const emitter = new Emitter<{ change(): void }>()
  let lookers = 0
  let list: TimelineList | undefined
  let loading: Promise<void> | undefined
  let tried = false
  let era = 0
  let snapshot: TimelineSnapshot | undefined
  let shownAs: string | undefined

  const tell = atEndOfTurn(() => emitter.emit('change'))

  const changed = (): void => {
    snapshot = undefined
    tell()
  }

  const put = (next: TimelineList | undefined): void => {
    if (next === list) return
    list = next
    changed()
  }

  const start = (): void => {
    const place = parts.place()
    if (!list && place) put(listFrom(place.position, place.oldestSeq))
  }

  const roomFor = (limit: number): number =>
    list?.hasOlder ? Math.min(limit, ITEMS_MAX - list.items.length) : 0

  const loadOlder = (most = PAGE, signal?: AbortSignal): Promise<void> => {
    const asked = list
    const limit = roomFor(most)
    if (!asked || limit <= 0) return Promise.resolve()
    if (loading) return loading
    const mine = parts
      .read({ direction: 'backward', before: asked.fromSeq, limit, signal })
      .then((page) => {
        // Unless the list has moved since, by a reset or because its oldest went.
        if (list?.fromSeq === asked.fromSeq) put(withBelow(list, asked.fromSeq, page))
      })
      .finally(() => {
        if (loading === mine) loading = undefined
        changed()
      })
    loading = mine
    changed()
    return mine
  }

  /**
   * What lies below a gap may have been edited or deleted inside it: it is read again, and shown as
   * it was until then. Where nobody looks it goes, and can be loaded.
   */
  const renewBelow = ({ fromSeq }: Gap): void => {
    const below = list?.items.filter((item) => firstSeq(item) < fromSeq).length
    if (!below) return
    const mine = era
    const replace = (page: MessagePage): void => {
      // Unless this part of the list has gone meanwhile.
      if (list && era === mine && list.fromSeq <= fromSeq) put(withBelow(list, fromSeq, page))
    }
    const nothing = { messages: [], fromSeq, toSeq: fromSeq - 1, hasMore: true }
    if (lookers === 0) {
      replace(nothing)
      return
    }
    const limit = Math.min(below, BACKFILL_MAX_EVENTS)
    parts.read({ direction: 'backward', before: fromSeq, limit }).then(replace, (error) => {
      // Who has left keeps what they saw.
      if (TidingsError.from(error).retryable) replace(nothing)
    })
  }

  /** Who looks wants to see something at once; a failure leaves `hasOlder`, and the button. */
  const loadFirst = (): void => {
    if (tried || lookers === 0 || !list) return
    tried = true
    loadOlder().catch(() => {})
  }

  const own = followOutbox(parts.channelId, parts.outbox, parts.place, changed)

  const stepped = (): void => {
    start()
    loadFirst()
    own.stepped()
  }

  const getSnapshot = (): TimelineSnapshot => {
    const userId = parts.userId()
    if (snapshot && shownAs === userId) return snapshot
    shownAs = userId
    snapshot = {
      items: withEchoes(list?.items ?? [], own.echoes(), userId),
      hasOlder: !list || roomFor(1) > 0,
      loadingOlder: loading !== undefined,
    }
    return snapshot
  }

  const subscribe: Timeline['subscribe'] = (listener, options) =>
    lasting(options, () => {
      const ends = [emitter.on('change', listener), parts.hold(), () => lookers--]
      lookers++
      stepped()
      return ends
    })

  start()
  return {
    timeline: {
      getSnapshot,
      subscribe,
      async loadOlder(options) {
        const { limit = PAGE, signal } = given(options)
        checkLimit(limit)
        if (signal?.aborted) throw abortedError()
        if (!list) await parts.started(signal).finally(parts.hold())
        return loadOlder(limit, signal)
      },
    },
    isLookedAt: () => lookers > 0,
    event: (event) => put(withEvent(list ?? listFrom(event.channelSeq - 1, 1), event)),
    gap(gap) {
      put(withItem(list ?? listFrom(gap.fromSeq - 1, 1), gap))
      renewBelow(gap)
    },
    reset() {
      era += 1
      put(undefined)
      loading = undefined
      tried = false
    },
    stepped,
    fill: (gap, filling) => put(list && withFilled(list, gap, filling)),
    trim: (max) => put(list && trimmed(list, max)),
    close() {
      own.close()
      emitter.clear()
    },
  }
}
