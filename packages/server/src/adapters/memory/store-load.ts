import type {
  LoadedChannel,
  LoadRequest,
  LoadResult,
  TargetQuery,
  TargetState,
} from '../../ports/message-store.js'
import type { EpochStart, EventRow, IdRow } from '../../stream/event.js'
import type { IdWindow } from '../../stream/id-window.js'
import { comparePositions, type Position } from '../../stream/position.js'
import { counts } from '../../stream/serve.js'
import { FIRST_EPOCH, stateBelow } from '../../stream/state.js'
import type { StoreTables } from './store-tables.js'

/** Of a window of ids that is told (I7). */
const MAX_WINDOW_ROWS = 300

/** What the fold of a batch needs, as the tables hold it now (R2, R4, R5). */
export function loadFrom(tables: StoreTables, request: LoadRequest): LoadResult {
  const { below, windows } = request
  return {
    channels: request.channels.map((channelId) => loadChannel(tables, channelId, below)),
    ids: request.ids.map((id) => tables.idBelow(id, below)),
    ...(windows && { windows: windows.map((window) => tellWindow(tables, window)) }),
    targets: request.targets.map((query) => loadTarget(tables, query, below)),
  }
}

function tellWindow(tables: StoreTables, window: IdWindow): readonly IdRow[] | undefined {
  const rows = tables.idsIn(window)
  return rows.length > MAX_WINDOW_ROWS ? undefined : rows
}

const isBelow =
  (below: Position) =>
  (item: { readonly position: Position }): boolean =>
    comparePositions(item.position, below) < 0

/** R2: walks down from the pointer to the last row below; what lies above is kept only to compare. */
function loadChannel(tables: StoreTables, channelId: string, below: Position): LoadedChannel {
  const { changes } = tables.channel(channelId)
  const changesBelow = changes.filter(isBelow(below))
  const epoch = changesBelow.findLast((change) => change.kind === 'epoch')?.epoch ?? 1
  const above: EventRow[] = []
  let last: EventRow | undefined
  for (const key of tables.bucketsDown(channelId)) {
    const bucket = tables.bucket(key)
    above.push(...bucket.rows.filter((row) => !isBelow(below)(row)))
    if (key.epoch > epoch) continue
    if (key.epoch < epoch) break
    last = bucket.lastBelow(below)
    if (last !== undefined) break
  }
  const positions = [...above, ...(last ? [last] : []), ...changes].map((item) => item.position)
  return {
    state: stateBelow(last, changesBelow),
    stored: positions.sort(comparePositions).at(-1),
    above: above.map(({ epoch, channelSeq, position }) => ({ epoch, channelSeq, position })),
  }
}

function loadTarget(
  tables: StoreTables,
  { key, reaction }: TargetQuery,
  below: Position,
): TargetState | undefined {
  const row = tables.row(key)
  if (row === undefined) return undefined
  const { event, messageCount } = row
  const epochs = epochsBelow(tables, key.channelId, below)
  const effects = tables
    .effects(key)
    .filter((effect) => counts(epochs, effect.byEpoch, effect.bySeq))
  const lastReaction = effects.findLast(
    (effect) =>
      effect.kind === 'reaction' &&
      effect.emoji === reaction?.emoji &&
      effect.userId === reaction.userId &&
      isBelow(below)(effect),
  )
  return {
    messageId: event.type === 'message.new' ? event.message_id : '',
    userId: event.type === 'event.hidden' ? '' : event.user_id,
    messageCount,
    deletedAt: effects.find((effect) => effect.kind === 'delete')?.position,
    reactionPresent: lastReaction?.kind === 'reaction' && lastReaction.present,
  }
}

function epochsBelow(tables: StoreTables, channelId: string, below: Position): EpochStart[] {
  const epochs = [FIRST_EPOCH]
  for (const change of tables.channel(channelId).changes) {
    if (change.kind === 'epoch' && isBelow(below)(change)) {
      epochs.push({ epoch: change.epoch, fromSeq: change.fromSeq })
    }
  }
  return epochs
}
