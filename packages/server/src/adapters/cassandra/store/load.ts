import type { LoadRequest, LoadResult } from '../../../ports/message-store.js'
import type { CommandId } from '../../../stream/command.js'
import type { IdRow, StateChange } from '../../../stream/event.js'
import { comparePositions, type Position } from '../../../stream/position.js'
import type { Row } from '../session/session.js'
import type { Statements } from '../statements.js'
import { loadChannel } from './load-channel.js'
import { loadTarget } from './load-target.js'
import { changeIn, idKey, idRowIn } from './rows.js'
import type { Read } from './strongest.js'

/** Partitions that are asked for in one request. */
const IDS_PER_READ = 20

export interface LoadReads {
  /** Of channels: as strong as it gets (R2). */
  readonly strongest: Read
  /** Of ids and targets, whose last write was answered by a quorum before it was committed. */
  readonly quorum: Read
}

/** All that the fold of a batch needs (R2, R4, R5), everything at once. */
export async function load(
  { strongest, quorum }: LoadReads,
  statements: Statements,
  request: LoadRequest,
): Promise<LoadResult> {
  const { below } = request
  const known = new Map<string, Promise<readonly StateChange[]>>()
  const changesOf = (channelId: string, read: Read) => {
    const asked = known.get(channelId) ?? readChanges(read, statements, channelId)
    known.set(channelId, asked)
    return asked
  }
  const channels = request.channels.map((channelId) =>
    loadChannel(strongest, statements, channelId, below, changesOf(channelId, strongest)),
  )
  const targets = request.targets.map((query) =>
    loadTarget(quorum, statements, query, below, changesOf(query.key.channelId, quorum)),
  )
  const ids = readIds(quorum, statements, request.ids, below)
  const [loadedChannels, loadedIds, loadedTargets] = await Promise.all([
    Promise.all(channels),
    ids,
    Promise.all(targets),
  ])
  return { channels: loadedChannels, ids: loadedIds, targets: loadedTargets }
}

/** Ascending by position. */
async function readChanges(
  read: Read,
  { changes }: Statements,
  channelId: string,
): Promise<readonly StateChange[]> {
  const rows = await read(changes, [channelId])
  return rows.map(changeIn).sort((a, b) => comparePositions(a.position, b.position))
}

async function readIds(
  read: Read,
  { idsBelow }: Statements,
  ids: readonly CommandId[],
  below: Position,
): Promise<readonly (IdRow | undefined)[]> {
  const keys = [...new Set(ids.map(idKey))]
  const reads: Promise<readonly Row[]>[] = []
  for (let i = 0; i < keys.length; i += IDS_PER_READ) {
    const some = keys.slice(i, i + IDS_PER_READ)
    reads.push(read(idsBelow, [some, below.generation, BigInt(below.offset)]))
  }
  const rows = new Map((await Promise.all(reads)).flat().map((row) => [String(row.id), row]))
  return ids.map((id) => {
    const row = rows.get(idKey(id))
    return row && idRowIn(id, row)
  })
}
