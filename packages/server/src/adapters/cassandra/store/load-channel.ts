import type { LoadedChannel } from '../../../ports/message-store.js'
import type { StateChange } from '../../../stream/event.js'
import { comparePositions, type Position } from '../../../stream/position.js'
import { type LastRow, stateBelow } from '../../../stream/state.js'
import type { Statements } from '../statements.js'
import { bucketValues, eventIn, type Pointer, parsed, pointerIn, type StoredEvent } from './rows.js'
import type { Read } from './strongest.js'

/** How many rows, and pointers, are read at a time on the way down: mostly the first is the one. */
const STEPS = [2, 50, 2 ** 31 - 1] as const

interface Bucket {
  readonly channelId: string
  readonly epoch: number
  readonly bucket: number
}

/**
 * R2: the state is what the last row below says, found by walking down along the pointers, bucket by bucket. What
 * lies above is kept only to compare. A head is not asked: it may be there without its rows.
 */
export async function loadChannel(
  read: Read,
  statements: Statements,
  channelId: string,
  below: Position,
  asked: Promise<readonly StateChange[]>,
): Promise<LoadedChannel> {
  const buckets = bucketsDown(read, statements, channelId)
  const [changes, newest] = await Promise.all([asked, buckets.next()])
  const changesBelow = changes.filter(({ position }) => isBelow(position, below))
  const epoch = changesBelow.findLast((change) => change.kind === 'epoch')?.epoch ?? 1
  const above: LoadedChannel['above'][number][] = []
  let last: LastRow | undefined
  for (let next = newest; !next.done && next.value.epoch >= epoch; next = await buckets.next()) {
    const found = await walkBucket(read, statements, next.value, below)
    above.push(...found.above.map((row) => ({ epoch: next.value.epoch, ...placeOf(row) })))
    last = found.last && lastRow(next.value.epoch, found.last)
    if (last !== undefined) break
  }
  const stored = [...above, ...(last ? [last] : []), ...changes]
    .map(({ position }) => position)
    .sort(comparePositions)
    .at(-1)
  return { state: stateBelow(last, changesBelow), stored, above }
}

const isBelow = (position: Position, below: Position): boolean =>
  comparePositions(position, below) < 0

const placeOf = ({ channelSeq, position }: StoredEvent) => ({ channelSeq, position })

const lastRow = (epoch: number, row: StoredEvent): LastRow => ({
  epoch,
  ...placeOf(row),
  messageCount: parsed(row).message_count,
})

/** The buckets of a channel, the one that began last first, down to its first one. */
async function* bucketsDown(
  read: Read,
  { pointers }: Statements,
  channelId: string,
): AsyncGenerator<Bucket, undefined> {
  let seen = 0
  let younger: Pointer | undefined
  for (const limit of STEPS) {
    const rows = await read(pointers, [channelId, limit])
    for (const pointer of rows.slice(seen).map(pointerIn)) {
      yield* between(channelId, younger, pointer)
      yield { channelId, epoch: pointer.epoch, bucket: pointer.bucket }
      younger = pointer
    }
    seen = rows.length
    if (rows.length < limit) break
  }
  yield* between(channelId, younger, FIRST)
  yield { channelId, ...FIRST }
}

const FIRST = { epoch: 1, bucket: 0 } as const

/** Inside an epoch buckets follow each other: one whose pointer replicas forgot is named by the next. */
function* between(
  channelId: string,
  younger: Pointer | undefined,
  older: { readonly epoch: number; readonly bucket: number },
): Generator<Bucket> {
  if (younger === undefined || younger.before.epoch !== younger.epoch) return
  const { epoch } = younger
  const end = older.epoch === epoch ? older.bucket : younger.before.bucket - 1
  for (let { bucket } = younger.before; bucket > end; bucket--) yield { channelId, epoch, bucket }
}

/** The row with the highest number whose position is below, and what lies above it. */
async function walkBucket(
  read: Read,
  { lastEvents }: Statements,
  bucket: Bucket,
  below: Position,
): Promise<{ readonly last?: StoredEvent; readonly above: readonly StoredEvent[] }> {
  let rows: readonly StoredEvent[] = []
  for (const limit of STEPS) {
    rows = (await read(lastEvents, [...bucketValues(bucket), limit])).map(eventIn)
    const index = rows.findIndex(({ position }) => isBelow(position, below))
    const last = rows[index]
    if (last !== undefined) return { last, above: rows.slice(0, index) }
    if (rows.length < limit) break
  }
  return { above: rows }
}
