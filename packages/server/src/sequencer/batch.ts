import type { ChannelRun, StoreBatch } from '../ports/message-store.js'
import type { Answer, ChannelPush } from '../ports/push.js'
import type { Command, LogRecord } from '../stream/command.js'
import type { Effect, EventRow, IdRow, StateChange } from '../stream/event.js'
import { comparePositions, type Position } from '../stream/position.js'
import { type RequestContext, requestOf } from '../stream/request-context.js'
import type { Announcement } from './announce.js'
import { type Folded, fold } from './fold.js'
import type { BatchLoad } from './load.js'
import type { AssignmentMemory, ChannelMemory } from './memory.js'

/** A folded batch: what is to be written, and what may be said once it is. */
export interface FoldedBatch {
  readonly store: StoreBatch
  readonly announcement: Announcement
  /** What became of each record. */
  readonly results: readonly Folded[]
  readonly counts: BatchCounts
}

/** What a batch held, for the metrics. */
export interface BatchCounts {
  readonly records: number
  readonly events: number
  readonly repeats: number
  readonly rejections: number
}

interface Run {
  readonly memory: ChannelMemory
  readonly expected: Position | undefined
  readonly rows: EventRow[]
  /** Which request made each row. */
  readonly requests: RequestContext[]
  readonly effects: Effect[]
  readonly changes: StateChange[]
}

/**
 * Folds a batch over the assignment's memory, which holds its outcome at once: nothing else is folded before
 * the batch is written, and when that fails the memory ends with the assignment (R1, R7).
 */
export function foldBatch(
  memory: AssignmentMemory,
  load: BatchLoad,
  records: readonly LogRecord[],
): FoldedBatch {
  const runs = new Map<string, Run>()
  const ids: IdRow[] = []
  const answers: Answer[] = []
  const results: Folded[] = []
  let repeats = 0
  let rejections = 0
  records.forEach((record, i) => {
    const { command } = record
    const channel = channelOf(memory, command.channelId)
    const { state, above } = channel
    const folded = fold(record, { state, above, id: load.id(i), target: load.target(i) })
    results.push(folded)
    const deduplicated = folded.outcome === 'repeat'
    if (deduplicated) repeats += 1
    else {
      ids.push(folded.idRow)
      memory.remember(folded.idRow)
      if (folded.result.status === 'rejected') rejections += 1
      if (folded.state !== state) extend(runs, memory, channel, command, folded)
    }
    const { origin, channelId, userId, clientMsgId, requestId, trace } = command
    if (origin === undefined) return
    const id = { channelId, userId, clientMsgId }
    answers.push({
      origin,
      id,
      result: folded.result,
      deduplicated,
      requestId,
      ...(trace !== undefined && { trace }),
    })
  })
  const { generation, partition } = placeOf(records)
  const finished = Array.from(runs, ([channelId, run]) => finish(channelId, run))
  const channels = finished.map((run) => pushOf(run, runs.get(run.channelId)?.requests ?? []))
  const events = finished.reduce((sum, run) => sum + run.rows.length, 0)
  return {
    store: { generation, partition, runs: finished, ids },
    announcement: { partition, channels, answers },
    results,
    counts: { records: records.length, events, repeats, rejections },
  }
}

function extend(
  runs: Map<string, Run>,
  memory: AssignmentMemory,
  channel: ChannelMemory,
  command: Command,
  folded: Extract<Folded, { outcome: 'new' }>,
): void {
  let run = runs.get(command.channelId)
  if (run === undefined) {
    run = {
      memory: channel,
      expected: channel.stored,
      rows: [],
      requests: [],
      effects: [],
      changes: [],
    }
    runs.set(command.channelId, run)
  }
  channel.state = folded.state
  if (folded.change !== undefined) run.changes.push(folded.change)
  if (folded.effect !== undefined) run.effects.push(folded.effect)
  if (folded.row === undefined) return
  run.rows.push(folded.row)
  run.requests.push(requestOf(command))
  memory.wrote(folded.row, folded.effect)
}

function finish(channelId: string, { memory, requests: _, ...run }: Run): ChannelRun {
  const { state, stored, above } = memory
  if (stored === undefined || comparePositions(stored, state.position) < 0) {
    memory.stored = state.position
  }
  if (above.length > 0) {
    memory.above = above.filter((row) => comparePositions(row.position, state.position) > 0)
  }
  return { channelId, ...run, state }
}

/** What is pushed: each event and its JSON, made once. */
function pushOf(
  { channelId, rows, state }: ChannelRun,
  requests: readonly RequestContext[],
): ChannelPush {
  const { epoch, epochs, headSeq, messageCount, oldestSeq } = state
  const fromSeq = epochs.at(-1)?.fromSeq ?? 0
  const events = rows.map(({ event, json }, i) => ({ event, json, request: requests[i] }))
  return { channelId, epoch, fromSeq, headSeq, messageCount, oldestSeq, events }
}

function channelOf(memory: AssignmentMemory, channelId: string): ChannelMemory {
  const channel = memory.channel(channelId)
  if (channel === undefined) throw new Error(`The state of ${channelId} was not loaded.`)
  return channel
}

function placeOf(records: readonly LogRecord[]): Position {
  const [first] = records
  if (first === undefined) throw new Error('A batch holds at least one record.')
  return first.position
}
