import type { LoadRequest, LoadResult } from '../../../ports/message-store.js'
import type { StateChange } from '../../../stream/event.js'
import { comparePositions } from '../../../stream/position.js'
import type { Statements } from '../statements.js'
import { loadChannel } from './load-channel.js'
import { loadTarget } from './load-target.js'
import { readIdWindows } from './read-id-windows.js'
import { readIds } from './read-ids.js'
import { changeIn } from './rows.js'
import type { Read } from './strongest.js'

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
  const windows = request.windows && readIdWindows(quorum, statements, request.windows)
  const [loadedChannels, loadedIds, loadedWindows, loadedTargets] = await Promise.all([
    Promise.all(channels),
    ids,
    windows,
    Promise.all(targets),
  ])
  return {
    channels: loadedChannels,
    ids: loadedIds,
    ...(loadedWindows && { windows: loadedWindows }),
    targets: loadedTargets,
  }
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
