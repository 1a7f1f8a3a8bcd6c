import type { Hooks } from '../acceptance/hooks.js'
import { createFanOut } from '../fan-out/fan-out.js'
import { createSentMarks } from '../receipts/sent-marks.js'
import { createSequencer, type SequencerAlarm, type SequencerOptions } from '../sequencer/index.js'
import type { StepLog } from '../trace/steps.js'
import { afterAll, tellAfterStored } from './after-stored.js'
import type { OnTrouble, SequencingPorts } from './ports.js'
import { createTakingPart } from './taking-part.js'

export interface SequencingOptions {
  readonly afterStored?: Hooks['afterStored']
  /** See SequencerOptions. */
  readonly commitLagMs?: number
  readonly maxBatchRecords?: number
  readonly onBatch?: SequencerOptions['onBatch']
  /** See FanOutOptions. */
  readonly lookupTimeoutMs?: number
  /** A push that nobody knows to have been taken; it heals by heads (R12). */
  readonly onPushFailed?: () => void
  /** A sender's watermark was left out at a bound; their next message or receipt brings it. */
  readonly onReceiptShed?: () => void
  /** Events of which `afterStored` is not told, because it is too slow. */
  readonly onHookSkipped?: (events: number) => void
  /** Told of each step of each command in this process. */
  readonly steps?: StepLog | undefined
  readonly onTrouble?: OnTrouble
  /** Told of partitions that are stopped (R3). Left out: an alarm ends this process. */
  readonly alarms?: PartitionAlarms
  /** This process must not go on (R3, R11). */
  readonly onFatal?: (error: Error) => void
}

/** See SequencerOptions. */
export interface PartitionAlarms {
  stopped(partition: number, alarm: SequencerAlarm): void
  released(partition: number): void
}

/** The role `sequencer`: folds what the log hands out, and fans out what is stored. */
export interface Sequencing {
  /** Resolves when it takes part in reading the log. */
  start(): Promise<void>
  /**
   * R8: gives its partitions up and takes part again, from what is committed, however often that must be tried.
   * Resolves when it does, or when it is closed.
   */
  foldAgain(): Promise<void>
  /** For `/readyz`: rejects while it takes no part in reading the log. */
  check(): Promise<void>
  /** Hands its partitions over; what it has folded is on its way when this resolves. */
  close(): Promise<void>
}

export function createSequencing(ports: SequencingPorts, options: SequencingOptions): Sequencing {
  const { environment, log, store, bus, routes } = ports
  const trouble = (where: string) => (error: unknown) => options.onTrouble?.(where, error)
  const sentMarks =
    ports.receipts &&
    createSentMarks({
      environment,
      receipts: ports.receipts,
      onShed: options.onReceiptShed,
      onError: trouble('receipts'),
    })
  const afterStored = afterAll(
    sentMarks?.stored,
    options.afterStored &&
      tellAfterStored(options.afterStored, trouble('hook afterStored'), options.onHookSkipped),
  )
  const fanOut = createFanOut({
    environment,
    bus,
    routes,
    steps: options.steps,
    ...(ports.knownHeads !== undefined && { knownHeads: ports.knownHeads }),
    onPushFailed(to, error) {
      options.onPushFailed?.()
      options.onTrouble?.(`push to ${to}`, error)
    },
    ...(options.lookupTimeoutMs !== undefined && { lookupTimeoutMs: options.lookupTimeoutMs }),
    ...(afterStored !== undefined && { afterStored }),
  })
  const sequencer = createSequencer({
    store,
    marks: ports.marks,
    feed: ports.feed,
    environment,
    announcer: fanOut,
    steps: options.steps,
    ...(options.commitLagMs !== undefined && { commitLagMs: options.commitLagMs }),
    ...(options.maxBatchRecords !== undefined && { maxBatchRecords: options.maxBatchRecords }),
    ...(options.onBatch !== undefined && { onBatch: options.onBatch }),
    onAlarm(partition, alarm) {
      if (options.alarms === undefined) options.onFatal?.(alarm)
      else options.alarms.stopped(partition, alarm)
    },
    onReleased: (partition) => options.alarms?.released(partition),
    onUnknown: (_partition, error) => options.onFatal?.(error),
    onTrouble: (partition, error) => options.onTrouble?.(`partition ${partition}`, error),
  })
  const takingPart = createTakingPart({
    environment,
    log,
    reader: sequencer,
    onTrouble: trouble('log'),
  })

  return {
    start: () => takingPart.start(),
    foldAgain: () => takingPart.again(),
    check: () => takingPart.check(),
    async close() {
      await takingPart.close()
      await fanOut.close()
      await sentMarks?.close()
    },
  }
}
