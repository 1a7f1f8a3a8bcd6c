import type { Consumer, EachBatchPayload } from 'kafkajs'
import { pause } from '../../environment/pause.js'
import type { LogReader } from '../../ports/command-log.js'
import { KafkaAssignment } from './assignment.js'
import { retryDelayMs } from './back-off.js'
import { goneBack } from './checks.js'
import type { KafkaClients } from './client.js'
import { KafkaLogError } from './errors.js'
import { takePart } from './member.js'
import { Membership } from './membership.js'
import type { KafkaLogSettings } from './options.js'
import type { PartitionOffsets } from './topic.js'

export interface GroupReaderOptions {
  readonly settings: KafkaLogSettings
  readonly clients: KafkaClients
  readonly generation: number
  readonly topic: string
  readonly groupId: string
  readonly partitions: number
  /** Compares the topic with what is stored; rejects with KafkaLogError (R11). Then the partitions' offsets. */
  readonly inspect: () => Promise<readonly PartitionOffsets[]>
  /** A partition was read to its seal (R10). */
  readonly onSeal: () => void
}

const MAX_BACK_OFF_MS = 2_000
/** A partition that jumps so often in a row at one offset has lost records. */
const MAX_JUMPS = 3
/**
 * A log that has gone back is looked at so often, over some seconds: a broker that was frozen may take itself for the
 * leader for a moment, and tell of an older end.
 */
const GONE_BACK_LOOKS = 7

/**
 * Takes part in the consumer group with one reader. Fetching only fills the read-ahead of each assignment and never
 * waits for the reader, so heartbeats go on whatever the reader waits for.
 */
export class GroupReader {
  #membership: Membership | undefined
  #consumer: Consumer | undefined
  /** By partition, the last assignment's run: the next one waits for it (R1). */
  readonly #running = new Map<number, Promise<void>>()
  readonly #closing = new AbortController()
  readonly #joined = Promise.withResolvers<void>()
  readonly #supervising: Promise<void>
  #inspection: Promise<readonly PartitionOffsets[]> | undefined

  constructor(
    private readonly reader: LogReader,
    private readonly options: GroupReaderOptions,
  ) {
    this.#joined.promise.catch(() => undefined)
    this.#supervising = this.#supervise()
  }

  /** Resolves when it takes part; rejects when it is closed before. */
  get joined(): Promise<void> {
    return this.#joined.promise
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#joined.reject(new Error('The reader was closed before it joined.'))
    await this.#supervising
  }

  async #supervise(): Promise<void> {
    const { environment, onTrouble } = this.options.settings
    const { signal } = this.#closing
    let failures = 0
    while (!signal.aborted) {
      const joinedBefore = this.#membership
      try {
        await this.#takePart()
      } catch (error) {
        onTrouble?.('log, group', error)
        await this.#judge()
      }
      failures = this.#membership === joinedBefore ? failures + 1 : 1
      this.#endMembership()
      if (signal.aborted) break
      await pause(
        environment,
        retryDelayMs(failures, MAX_BACK_OFF_MS, environment.random()),
        signal,
      )
    }
    await Promise.all(this.#running.values())
  }

  /** A group that cannot be joined may be a topic that is gone: that is not waited out. */
  async #judge(): Promise<void> {
    try {
      await this.#inspect()
    } catch (error) {
      if (error instanceof KafkaLogError) this.#fatal(error)
    }
  }

  async #takePart(): Promise<void> {
    const { clients, settings, groupId, topic } = this.options
    await takePart(
      {
        settings,
        clients,
        groupId,
        topic,
        onConsumer: (consumer) => {
          this.#consumer = consumer
        },
        onJoin: (partitions) => this.#onJoin(partitions),
        onOwnershipOver: () => this.#endMembership(),
        isOwner: () => this.#membership?.signal.aborted === false,
        untilFetchable: () => this.#untilFetchable(),
        onBatch: (payload) => this.#onBatch(payload),
        beforeLeaving: () => Promise.all(this.#running.values()),
      },
      this.#closing.signal,
    )
  }

  /** No longer than a fetch takes that finds nothing: there is a heartbeat behind each. */
  async #untilFetchable(): Promise<void> {
    const { environment, maxFetchWaitMs } = this.options.settings
    if (this.#membership === undefined) return
    await pause(environment, maxFetchWaitMs, this.#membership.fetchable)
  }

  #endMembership(): void {
    if (this.#membership === undefined || this.#membership.signal.aborted) return
    this.#membership.end()
    this.#tellHeld([])
  }

  #tellHeld(partitions: readonly number[]): void {
    this.options.settings.onHeld?.(this.options.generation, partitions)
  }

  #onJoin(partitions: readonly number[]): void {
    this.#endMembership()
    const membership = new Membership(this.options.topic, this.options.settings)
    this.#membership = membership
    this.#flow('pause', partitions)
    if (partitions.length === 0) membership.fetches()
    this.#tellHeld(partitions)
    this.#joined.resolve()
    for (const partition of partitions) {
      const before = this.#running.get(partition)
      this.#running.set(partition, this.#serve(partition, membership, before))
    }
  }

  /** Hands the partition to the reader, again and again, as long as the membership lasts. */
  async #serve(
    partition: number,
    membership: Membership,
    before: Promise<void> | undefined,
  ): Promise<void> {
    await before
    let jumps: { at: number; count: number } | undefined
    while (!membership.signal.aborted) {
      const offsets = await this.#offsets(partition, membership)
      if (offsets === undefined || membership.signal.aborted) return
      const committed = offsets.committed ?? 0
      const { assignment, jumped } = this.#assign(partition, membership, committed)
      try {
        await this.reader.run(assignment)
      } catch {
        // the reader has told of its trouble itself; here it only ends the assignment
      }
      assignment.end()
      membership.assignments.delete(partition)
      this.#flow('pause', [partition])
      const at = jumped()
      if (at !== undefined) {
        jumps = { at, count: jumps?.at === at ? jumps.count + 1 : 1 }
        if (jumps.count >= MAX_JUMPS) this.#fatal(lostRecords(this.options.topic, partition, at))
        await this.#backOff(jumps.count, membership)
      }
      // a reader that fails at once must not keep the event loop from turning
      await new Promise<void>((resolve) => this.options.settings.environment.nextTurn(resolve))
    }
  }

  #assign(partition: number, membership: Membership, committed: number) {
    const { settings, generation, partitions, topic, onSeal } = this.options
    let jumpedAt: number | undefined
    const assignment = new KafkaAssignment({
      generation,
      partition,
      partitions,
      committed,
      maxReadAheadBytes: settings.maxReadAheadBytes,
      maxReadAheadRecords: settings.maxReadAheadRecords,
      pause: () => this.#flow('pause', [partition]),
      resume: () => this.#flow('resume', [partition]),
      commit: (one, offset) => membership.commit(one, offset),
      onSeal,
      onForeign: (offset, reason) =>
        this.#fatal(
          new KafkaLogError(
            'record_foreign',
            `The record at offset ${offset} of partition ${partition} of ${topic} was not written by this installation: ${reason}.`,
            'Find out who writes to the topic; nobody else may.',
          ),
        ),
      onJump: (offset) => {
        jumpedAt = offset
      },
    })
    membership.assignments.set(partition, assignment)
    this.#seek(partition, committed)
    membership.fetches()
    return { assignment, jumped: () => jumpedAt }
  }

  /** Undefined when the membership ended, or when the log is not what it was and nothing may be read. */
  async #offsets(partition: number, membership: Membership): Promise<PartitionOffsets | undefined> {
    const { topic, settings } = this.options
    let goneBackLooks = 0
    for (let failures = 1; !membership.signal.aborted; failures++) {
      try {
        const offsets = (await this.#inspect())[partition]
        if (offsets === undefined) throw new Error(`partition ${partition} was not described`)
        const error = goneBack(topic, partition, offsets)
        if (error === undefined) return offsets
        goneBackLooks += 1
        throw goneBackLooks < GONE_BACK_LOOKS ? new Error(error.message) : error
      } catch (error) {
        if (error instanceof KafkaLogError) {
          this.#fatal(error)
          return undefined
        }
        settings.onTrouble?.(`log, partition ${partition}`, error)
        await this.#backOff(failures, membership)
      }
    }
    return undefined
  }

  /** One look for all partitions that ask in the same turn; never one that began before it was asked for. */
  #inspect(): Promise<readonly PartitionOffsets[]> {
    this.#inspection ??= new Promise<void>((resolve) =>
      this.options.settings.environment.nextTurn(resolve),
    ).then(() => {
      this.#inspection = undefined
      return this.options.inspect()
    })
    return this.#inspection
  }

  #onBatch({ batch, resolveOffset, isStale, commitOffsetsIfNecessary }: EachBatchPayload): void {
    const membership = this.#membership
    if (membership === undefined || membership.signal.aborted || isStale()) return
    membership.commitsWith((offsets) => commitOffsetsIfNecessary(offsets))
    const assignment = membership.assignments.get(batch.partition)
    if (assignment === undefined) return
    const records = batch.messages.map(({ offset, value }) => ({ offset: Number(offset), value }))
    const last = batch.messages.at(-1)?.offset
    if (assignment.offer(records) === 'taken' && last !== undefined) resolveOffset(last)
  }

  #seek(partition: number, offset: number): void {
    try {
      this.#consumer?.seek({ topic: this.options.topic, partition, offset: String(offset) })
      this.#flow('resume', [partition])
    } catch {
      // the consumer has stopped, and the membership with it
      this.#endMembership()
    }
  }

  #flow(verb: 'pause' | 'resume', partitions: readonly number[]): void {
    try {
      this.#consumer?.[verb]([{ topic: this.options.topic, partitions: [...partitions] }])
    } catch {
      // the consumer has stopped, and fetches nothing
    }
  }

  #backOff(failures: number, { signal }: Membership): Promise<void> {
    const { environment } = this.options.settings
    return pause(environment, retryDelayMs(failures, MAX_BACK_OFF_MS, environment.random()), signal)
  }

  #fatal(error: Error): void {
    this.options.settings.onFatal?.(error)
  }
}

const lostRecords = (topic: string, partition: number, at: number) =>
  new KafkaLogError(
    'gone_back',
    `Partition ${partition} of ${topic} has no record at offset ${at}, though it goes on behind it.`,
    'Bring back the log. If it is lost, channels need new epochs in a new generation (R10).',
  )
