import type { ChannelEvent, ServerFrames } from '@tidings/protocol'
import type { Attempt, Scheduler } from '../backfill/scheduler.js'
import type { GuardedEvent } from '../connection/guard.js'
import { Emitter } from '../emitter.js'
import type { Environment } from '../environment/port.js'
import { LIVE_WITHIN_MS, step, wanted } from '../gate/gate.js'
import {
  type Ask,
  type GateEffect,
  type GateInput,
  type GateState,
  initialGate,
} from '../gate/state.js'
import { changesAfter, noChanges, withChange } from '../timeline/changes.js'
import { createTimeline, type Timeline, type TimelineFeed } from '../timeline/timeline.js'
import { answerOf, frameOf, gatePage, isOut } from './asking.js'
import { gapsOf } from './gaps.js'
import type { ChannelInfo } from './info.js'
import { createInfoState, type InfoState } from './info-state.js'
import type { Gap, Message, Reset, StreamEvent } from './items.js'
import type { OutboxView } from './outbox-view.js'
import { createPages, type ReadEvents, type ReadPage } from './pages.js'
import { readEvent } from './read-event.js'
import { ready } from './ready.js'

/** Whether what a channel shows is complete. */
export interface SyncState {
  readonly state: 'syncing' | 'live' | 'removed'
  /** Events that were emitted since the channel was last live. */
  readonly recovered: number
}

export interface ChannelEvents {
  /** Each message once, in order of `channelSeq` (I9). */
  message(message: Message): void
  /** Each event of the stream once, messages included. */
  event(event: StreamEvent): void
  /** Numbers that will not be emitted. Never holds up what follows. */
  gap(gap: Gap): void
  reset(reset: Reset): void
  sync(sync: SyncState): void
  /** Name, role, head or counts are other than before. */
  info(info: ChannelInfo): void
}

/** What the channels of one client share. */
export interface Shared {
  readonly environment: Environment
  readonly outbox: OutboxView
  readonly scheduler: Scheduler
  readonly catchUp: 'recent' | 'all'
  readonly userId: () => string | undefined
  readonly pageMax: () => number
  /** Hands the entries of an answer to their channels. */
  readonly entries: (frame: ServerFrames['channels.page']) => void
  /** Somebody began or ceased to use a channel: who stays open is decided anew. */
  readonly used: (stream: Stream) => void
  readonly infoChanged: (stream: Stream) => void
  readonly isClosed: () => boolean
}

/** One channel at work. */
export interface Stream {
  readonly channelId: string
  readonly emitter: Emitter<ChannelEvents>
  /** Called after each step of the gate. */
  readonly watchers: Set<() => void>
  readonly gate: GateState<StreamEvent>
  readonly about: InfoState
  readonly timeline: Timeline
  readonly isHeld: boolean
  /** Stays open for a while when nobody holds it any more. */
  lingers: boolean
  readonly readEvents: ReadEvents
  readonly read: ReadPage
  put(input: GateInput<StreamEvent>): void
  /** A live event. */
  live(frame: GuardedEvent): void
  /** Keeps the channel open until the returned function is called. */
  hold(): () => void
  setOpen(open: boolean): void
  wake(spreadMs?: number): void
  /** Gives up position and timeline: the next start is the head. */
  forget(): void
  close(): void
}

/** Most items that the timeline of a dormant channel keeps. */
const DORMANT_ITEMS_MAX = 200

/** Feeds a channel's gate and does what it says: listeners, timeline, requests. */
export function createStream(channelId: string, shared: Shared): Stream {
  const { environment, scheduler, outbox } = shared
  const emitter = new Emitter<ChannelEvents>()
  const watchers = new Set<() => void>()
  const inputs: GateInput<StreamEvent>[] = []
  let gate: GateState<StreamEvent> = initialGate
  let changes = noChanges
  let feed: TimelineFeed | undefined
  let place: ReturnType<Scheduler['add']> | undefined
  let behindTimer: unknown
  let busy = false
  let holders = 0

  /** One input after the other, also where a listener causes the next. */
  const put = (input: GateInput<StreamEvent>): void => {
    inputs.push(input)
    if (busy) return
    busy = true
    for (let next = inputs.shift(); next; next = inputs.shift()) take(next)
    busy = false
  }

  const take = (input: GateInput<StreamEvent>): void => {
    const { behindSince } = gate
    const { state, effects } = step(gate, input, environment.monotonicNow(), shared)
    gate = state
    for (const effect of effects) perform(effect)
    if (gate.behindSince !== behindSince) {
      environment.clearTimer(behindTimer)
      if (gate.behindSince !== undefined && !shared.isClosed()) {
        behindTimer = environment.setTimer(() => put({ type: 'tick' }), LIVE_WITHIN_MS)
      }
    }
    feed?.stepped()
    for (const watch of [...watchers]) watch()
    if (wanted(gate)) place?.wake()
  }

  const perform = (effect: GateEffect<StreamEvent>): void => {
    if (effect.type === 'event') {
      const { event } = effect
      changes = withChange(changes, event)
      feed?.event(event)
      emitter.emit('event', event)
      if (event.kind === 'message') emitter.emit('message', event)
    } else if (effect.type === 'gap') {
      const gap = gapOf(effect.fromSeq, effect.toSeq, effect.reason)
      changes = changesAfter(gap.toSeq)
      feed?.gap(gap)
      emitter.emit('gap', gap)
    } else if (effect.type === 'reset') {
      const { epoch, fromSeq } = effect
      changes = noChanges
      feed?.reset()
      emitter.emit('reset', { kind: 'reset', channelId, epoch, fromSeq })
    } else {
      emitter.emit('sync', { state: effect.state, recovered: effect.recovered })
    }
  }

  const about = createInfoState((info, isFirst) => {
    emitter.emit('info', info)
    if (!isFirst) shared.infoChanged(stream)
  })

  /** An event that came, live or in a page: it may settle a command, and moves the counts. */
  const see = (frame: GuardedEvent): StreamEvent => {
    const event = readEvent(frame)
    const userId = shared.userId()
    if ('userId' in event && event.userId === userId) outbox.observe(frame as ChannelEvent)
    about.see(event, userId)
    return event
  }

  const takeEvents = (frame: ServerFrames['message.backfill']): StreamEvent[] =>
    frame.messages.map((event) => see(event as GuardedEvent))

  const { read, readEvents } = createPages({
    channelId,
    scheduler,
    limitMax: shared.pageMax,
    gate: () => gate,
    changes: () => changes,
    put,
    takeEvents,
  })
  const gapOf = gapsOf(channelId, read, (gap, filling) => feed?.fill(gap, filling))

  const attempt = (ask: Ask): Attempt => ({
    frame: frameOf(channelId, ask, shared.pageMax()),
    sent: () => put({ type: 'asked', ask }),
    done(answer) {
      const page = answerOf(answer, 'message.backfill')
      const list = answerOf(answer, 'channels.page')
      if (list) {
        shared.entries(list)
        if (!list.channels.some((entry) => entry.channel_id === channelId))
          put({ type: 'removed', ask })
      }
      if (page) put({ type: 'page', ask, page: gatePage(page, takeEvents(page), shared.userId()) })
      put({ type: 'failed', ask })
      return page ? gate.misses === 0 : wanted(gate)?.kind !== 'entry'
    },
    failed: (error) => put({ type: isOut(error) ? 'removed' : 'failed', ask }),
  })

  const stream: Stream = {
    channelId,
    emitter,
    watchers,
    lingers: true,
    readEvents,
    read,
    put,
    about,
    get gate() {
      return gate
    },
    get isHeld() {
      return holders > 0
    },
    get timeline() {
      feed ??= createTimeline({
        channelId,
        outbox,
        userId: shared.userId,
        place() {
          const { position, epoch } = gate
          return position === undefined
            ? undefined
            : { position, epoch, oldestSeq: about.value?.oldestSeq ?? 1 }
        },
        read,
        hold: stream.hold,
        started: (signal) => ready(stream, shared.isClosed, signal),
      })
      return feed.timeline
    },
    live: (frame) => put({ type: 'event', event: see(frame) }),
    hold() {
      let held = true
      holders += 1
      stream.lingers = true
      shared.used(stream)
      return () => {
        if (!held) return
        held = false
        holders -= 1
        shared.used(stream)
      }
    },
    setOpen(open) {
      if (open === gate.open) return
      if (!open) {
        place?.remove()
        place = undefined
        feed?.trim(DORMANT_ITEMS_MAX)
      } else {
        place = scheduler.add({
          channelId,
          priority: () => (feed?.isLookedAt() ? 0 : holders > 0 ? 1 : 2),
          next() {
            const ask = wanted(gate)
            return ask && attempt(ask)
          },
        })
      }
      put({ type: open ? 'open' : 'close' })
    },
    wake: (spreadMs) => place?.wake(spreadMs),
    forget() {
      const { epoch, head, confirmed } = gate
      gate = { ...initialGate, epoch, head, confirmed }
      changes = noChanges
      feed?.reset()
    },
    close() {
      environment.clearTimer(behindTimer)
      feed?.close()
      emitter.clear()
      for (const watch of [...watchers]) watch()
    },
  }
  return stream
}
