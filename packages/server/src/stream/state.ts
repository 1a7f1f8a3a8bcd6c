import type { ChannelState, EpochStart, StateChange } from './event.js'
import { comparePositions, type Position } from './position.js'

/** Every channel's first epoch. */
export const FIRST_EPOCH: EpochStart = Object.freeze({ epoch: 1, fromSeq: 0 })

/** The state of a channel that has no row yet. */
export const emptyState = (position: Position): ChannelState => ({
  epoch: 1,
  epochs: [FIRST_EPOCH],
  headSeq: 0,
  messageCount: 0,
  oldestSeq: 1,
  position,
})

/** What the state needs of a channel's last row. */
export interface LastRow {
  readonly epoch: number
  readonly channelSeq: number
  readonly messageCount: number
  readonly position: Position
}

/**
 * The state of a channel below some position (R2), from what is stored below it: the row with the highest
 * number of the newest epoch (undefined when it has none yet), and all changes in order of position.
 */
export function stateBelow(
  lastRow: LastRow | undefined,
  changes: readonly StateChange[],
): ChannelState | undefined {
  const last = changes.at(-1)
  const position = highest(lastRow?.position, last?.position)
  if (position === undefined) return undefined
  const epochs = [FIRST_EPOCH]
  let state = { ...emptyState(position), epochs }
  for (const change of changes) {
    if (change.kind === 'retention') {
      state = { ...state, oldestSeq: Math.max(state.oldestSeq, change.oldestSeq) }
      continue
    }
    const { epoch, fromSeq, messageCount } = change
    epochs.push({ epoch, fromSeq })
    state = { ...state, epoch, headSeq: fromSeq, messageCount }
  }
  if (lastRow === undefined || lastRow.epoch !== state.epoch) return state
  return { ...state, headSeq: lastRow.channelSeq, messageCount: lastRow.messageCount }
}

function highest(a: Position | undefined, b: Position | undefined): Position | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return comparePositions(a, b) < 0 ? b : a
}
