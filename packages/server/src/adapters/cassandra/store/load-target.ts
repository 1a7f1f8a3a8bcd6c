import { StoreDamaged, type TargetQuery, type TargetState } from '../../../ports/message-store.js'
import type { EpochStart, StateChange } from '../../../stream/event.js'
import { comparePositions, type Position } from '../../../stream/position.js'
import { counts } from '../../../stream/serve.js'
import { FIRST_EPOCH } from '../../../stream/state.js'
import type { Statements } from '../statements.js'
import { bucketValues, effectIn, eventIn, parsed } from './rows.js'
import type { Read } from './strongest.js'

/** R5: who wrote the named row, and what was done to it that counts in the epochs below. */
export async function loadTarget(
  read: Read,
  statements: Statements,
  { key, reaction }: TargetQuery,
  below: Position,
  changes: Promise<readonly StateChange[]>,
): Promise<TargetState | undefined> {
  const seq = BigInt(key.channelSeq)
  const values = [...bucketValues(key), seq, seq]
  const [rows, effectRows, known] = await Promise.all([
    read(statements.events, values),
    read(statements.effects, values),
    changes,
  ])
  const [row, second] = rows
  if (row === undefined) return undefined
  if (second !== undefined) {
    throw new StoreDamaged(`two rows at number ${key.channelSeq} of ${key.channelId}`)
  }
  const epochs = epochsBelow(known, below)
  const effects = effectRows
    .map((one) => effectIn(key, one))
    .filter(({ byEpoch, bySeq }) => counts(epochs, byEpoch, bySeq))
    .sort((a, b) => comparePositions(a.position, b.position))
  const lastReaction = effects.findLast(
    (effect) =>
      effect.kind === 'reaction' &&
      effect.emoji === reaction?.emoji &&
      effect.userId === reaction.userId &&
      comparePositions(effect.position, below) < 0,
  )
  const event = parsed(eventIn(row))
  return {
    messageId: event.type === 'message.new' ? event.message_id : '',
    userId: event.type === 'event.hidden' ? '' : event.user_id,
    messageCount: event.message_count,
    deletedAt: effects.find((effect) => effect.kind === 'delete')?.position,
    reactionPresent: lastReaction?.kind === 'reaction' && lastReaction.present,
  }
}

function epochsBelow(changes: readonly StateChange[], below: Position): readonly EpochStart[] {
  const epochs = [FIRST_EPOCH]
  for (const change of changes) {
    if (change.kind === 'epoch' && comparePositions(change.position, below) < 0) {
      epochs.push({ epoch: change.epoch, fromSeq: change.fromSeq })
    }
  }
  return epochs
}
