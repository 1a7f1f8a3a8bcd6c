import { bucketOf, type EpochStart, type RowKey } from '../../../stream/event.js'
import { comparePositions, type Position } from '../../../stream/position.js'
import { counts } from '../../../stream/serve.js'
import { FIRST_EPOCH } from '../../../stream/state.js'
import type { Row, Session } from '../session/session.js'
import type { StampedWrite } from '../session/stamped.js'
import { statementsOf } from '../statements.js'
import {
  DAY_MS,
  DELETION_SHARDS,
  dayOf,
  deletionIn,
  type KeptDeletion,
  slotOf,
} from './deletions.js'
import {
  bucketValues,
  changeIn,
  effectIn,
  effectValues,
  eventIn,
  eventValuesOf,
  parsed,
} from './rows.js'

/**
 * From its delete on a message is served without its content; after this long the content leaves the rows too. Not
 * at once: an epoch raised in between may make the delete void (R10), and then the message must be whole. Longer
 * than the log keeps commands, so that what is erased is never folded again.
 */
const AFTER_DAYS = 8
/** A store that was never gone through is gone through from so long ago. */
const FIRST_PASS_DAYS = 60
const CHORE = 'erase'

/** A day, and a part of its deletions. */
export type EraseKey = readonly [day: number, shard: number]

/** Does its work on the next few deletions; resolves to where the next slice begins, undefined when none is due. */
export type EraseSlice = (nowMs: number, after?: EraseKey) => Promise<EraseKey | undefined>

export interface EraseParts {
  readonly session: Session
  readonly keyspace: string
}

/**
 * Takes the content of messages that were deleted long ago out of their rows, and out of those of their edits. What
 * is left is written under the position of the delete (R6): it wins against the row, whoever writes that again, and
 * the same erased twice is the same. Number and position stay, so nothing that is compared differs (R3).
 */
export function eraseDeleted({ session, keyspace }: EraseParts): EraseSlice {
  const statements = statementsOf(keyspace)
  const read = (cql: string, values: Parameters<Session['read']>[1]) =>
    session.read(cql, values, 'quorum')

  async function lastDone(): Promise<number | undefined> {
    const [row] = await read(statements.chore, [CHORE])
    return row && Number(row.done)
  }

  async function epochsOf(channelId: string): Promise<readonly EpochStart[]> {
    const changes = (await read(statements.changes, [channelId])).map(changeIn)
    const raised = changes.flatMap((change) => (change.kind === 'epoch' ? [change] : []))
    raised.sort((a, b) => comparePositions(a.position, b.position))
    return [FIRST_EPOCH, ...raised.map(({ epoch, fromSeq }) => ({ epoch, fromSeq }))]
  }

  /** What is left of the events at this number that hold content, of the one command if it is named. */
  async function events(key: RowKey, by: Position, only?: Position): Promise<StampedWrite[]> {
    const rows = (await read(statements.events, valuesAt(key))).map(eventIn)
    return rows
      .filter(({ position }) => only === undefined || comparePositions(position, only) === 0)
      .flatMap((row) => {
        const { text, attachments, metadata, ...bare } = parsed(row) as ContentEvent
        if (text === undefined && attachments === undefined && metadata === undefined) return []
        const values = eventValuesOf(key, row.position, JSON.stringify(bare))
        return statements.insertEvent.at(by, values)
      })
  }

  async function erase({ target, position }: KeptDeletion): Promise<void> {
    const rows = await read(statements.effects, valuesAt(target))
    const edits = rows
      .map((row: Row) => effectIn(target, row))
      .filter((effect) => effect.kind === 'edit')
      .filter((effect) => comparePositions(effect.position, position) < 0)
    const { channelId } = target
    const writes = await events(target, position)
    for (const edit of edits) {
      const { byEpoch: epoch, bySeq: channelSeq, position: own } = edit
      const key = { channelId, epoch, bucket: bucketOf(channelSeq), channelSeq }
      writes.push(...(await events(key, position, own)))
      if (edit.text === '') continue
      writes.push(statements.insertEffect.at(position, effectValues({ ...edit, text: '' })))
    }
    for (const write of writes) await session.write([write])
  }

  async function eraseSlot(slot: string): Promise<void> {
    const epochs = new Map<string, readonly EpochStart[]>()
    for (const deletion of (await read(statements.deletions, [slot])).map(deletionIn)) {
      const { channelId } = deletion.target
      const known = epochs.get(channelId) ?? (await epochsOf(channelId))
      epochs.set(channelId, known)
      if (counts(known, deletion.byEpoch, deletion.bySeq)) await erase(deletion)
    }
  }

  return async (nowMs, after) => {
    const due = dayOf(nowMs - AFTER_DAYS * DAY_MS) - 1
    const done = after === undefined ? ((await lastDone()) ?? due - FIRST_PASS_DAYS) : 0
    const [day, shard] = after ?? [done + 1, 0]
    if (day > due) return undefined
    await eraseSlot(slotOf(day, shard))
    if (shard + 1 < DELETION_SHARDS) return [day, shard + 1]
    const written = { generation: 0, partition: 0, offset: day }
    await session.write([statements.insertChore.at(written, [CHORE, BigInt(day)])])
    return day < due ? [day + 1, 0] : undefined
  }
}

interface ContentEvent {
  readonly text?: unknown
  readonly attachments?: unknown
  readonly metadata?: unknown
}

const valuesAt = (key: RowKey) => {
  const seq = BigInt(key.channelSeq)
  return [...bucketValues(key), seq, seq]
}
