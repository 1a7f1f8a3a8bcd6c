import { StartError, startErrorOf } from '../compose/start-error.js'
import type { Config } from '../config/fields.js'
import { patiently } from '../environment/patiently.js'
import type { CommandLog } from '../ports/command-log.js'
import type { ServerEnvironment } from '../ports/environment.js'
import type { StoredMarks } from '../ports/stored-marks.js'
import type { Position } from '../stream/position.js'

/** The group of a log that was made a moment ago has no coordinator yet, and nodes may be restarting: for so long. */
const PATIENCE_MS = 20_000
const PAUSE_MS = 500

export interface GoneBackOptions {
  readonly store: Config['store']
  readonly environment: Pick<ServerEnvironment, 'monotonicNow' | 'setTimer'>
  readonly onTrouble: (where: string, error: unknown) => void
}

const settingsOf = (store: Config['store']): string =>
  store === 'cassandra'
    ? 'cassandraContactPoints and cassandraKeyspace'
    : 'postgresUrl and postgresSchema'

/**
 * R8: rejects with StartError where the log takes for stored what the store does not know of: it was emptied or
 * restored from an older backup, or it is another one. What only seems so, because a replica is behind, is asked of
 * all of them (R3).
 */
export async function refuseStoreGoneBack(
  log: Pick<CommandLog, 'committed'>,
  marks: Pick<StoredMarks, 'read'>,
  options: GoneBackOptions,
): Promise<void> {
  const { store, environment, onTrouble } = options
  const lost = await patiently(() => firstLost(log, marks), {
    environment,
    forMs: PATIENCE_MS,
    pauseMs: () => PAUSE_MS,
    onTrouble: (error) => onTrouble('comparing log and store', error),
  }).catch((error: unknown) => {
    throw startErrorOf(
      error,
      `See that the brokers answer, and the store that ${settingsOf(store)} name.`,
    )
  })
  if (lost === undefined) return
  const { generation, partition, offset, mark } = lost
  throw new StartError(
    `The store has gone back: what lies below offset ${offset} of partition ${partition} of generation ${generation} of the log was stored, and the store knows of it only up to offset ${mark}.`,
    `See that ${settingsOf(store)} name the right store. If it was emptied or restored from an older backup, stop every process and begin a new log: tidings log renew --force.`,
  )
}

async function firstLost(log: Pick<CommandLog, 'committed'>, marks: Pick<StoredMarks, 'read'>) {
  // the marks after the offsets: each is raised before what it is compared with
  for (const at of (await log.committed()).filter(({ offset }) => offset > 0)) {
    if (await isKnown(at, marks, false)) continue
    if (await isKnown(at, marks, true)) continue
    return { ...at, mark: await marks.read(at, { confirm: true }) }
  }
  return undefined
}

const isKnown = async (at: Position, marks: Pick<StoredMarks, 'read'>, confirm: boolean) =>
  (await marks.read(at, { confirm })) >= at.offset
