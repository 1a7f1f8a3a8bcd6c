import {
  type AppendFault,
  type ControlledCommandLog,
  createControlledCommandLog,
} from '../../../packages/server/src/adapters/memory/controlled-log.js'
import type {
  Assignment,
  CommandLog,
  LogReader,
  LogSubscription,
} from '../../../packages/server/src/ports/command-log.js'
import type { ServerEnvironment } from '../../../packages/server/src/ports/environment.js'
import type { LogRecord } from '../../../packages/server/src/stream/command.js'
import type { Process } from './process.js'

export interface LogObserver {
  assigned(process: Process, committed: number, end: number): void
  ended(process: Process): void
  /** `again`: some reader got these before. */
  handedOut(process: Process, records: readonly LogRecord[], again: number): void
  fault(kind: 'commit_refused' | 'newer_command' | AppendFault): void
  appended(count: number): void
}

export interface WorldLogOptions {
  /** The log lives and dies with the process that uses it. */
  readonly inProcess: boolean
  readonly partitions: number
  readonly maxQueuedRecords: number
}

/** The command log of a world, and what goes wrong with it. */
export class WorldLog {
  generation = 0
  #controls: ControlledCommandLog | undefined
  #handedOut: number[] = []
  #commitsToRefuse = 0
  #newerCommands = 0
  latencyMs = 1

  constructor(
    private readonly environment: ServerEnvironment,
    private readonly options: WorldLogOptions,
    private readonly observer: LogObserver,
  ) {}

  get isBegun(): boolean {
    return this.#controls !== undefined
  }

  get controls(): ControlledCommandLog {
    if (this.#controls === undefined) throw new Error('no log was begun')
    return this.#controls
  }

  /** What is written beside the log, as by a restore, takes a generation for itself. */
  nextGeneration(): number {
    this.generation += 1
    return this.generation
  }

  /** A new and empty log takes over. */
  begin(): void {
    const { partitions, maxQueuedRecords } = this.options
    this.generation += 1
    this.#handedOut = Array.from({ length: partitions }, () => 0)
    this.#controls = createControlledCommandLog({
      environment: this.environment,
      generation: this.generation,
      partitions,
      maxQueuedRecords,
      retryAfterMs: 500,
    })
  }

  failNextAppend(fault: AppendFault): void {
    this.controls.failNextAppend(fault)
    this.observer.fault(fault)
  }

  refuseNextCommit(): void {
    this.#commitsToRefuse += 1
  }

  /** The next record seems to follow rules that this version does not know (R11). */
  handOutNewerCommand(): void {
    this.#newerCommands += 1
  }

  heal(): void {
    this.#commitsToRefuse = 0
    this.#newerCommands = 0
    this.latencyMs = 1
  }

  /** The log as one process sees it. */
  open(process: Process): CommandLog {
    const { log } = this.controls
    const subscriptions = new Set<LogSubscription>()
    const leave = async (): Promise<void> => {
      await Promise.all([...subscriptions].map((subscription) => subscription.close()))
    }
    process.onDeath(() => void leave())
    return {
      generation: log.generation,
      partitions: log.partitions,
      append: (commands) => {
        this.observer.appended(commands.length)
        return process.ask(this.latencyMs, () => log.append(commands))
      },
      read: async (reader) => {
        const subscription = await log.read(this.reader(process, reader))
        subscriptions.add(subscription)
        return {
          close: () => {
            subscriptions.delete(subscription)
            return subscription.close()
          },
        }
      },
      lag: () => log.lag(),
      committed: () => log.committed(),
      close: () => (this.options.inProcess ? log.close() : leave()),
    }
  }

  /** A reader whose run ends with its process. */
  reader(process: Process, reader: LogReader): LogReader {
    const died = new Promise<void>((resolve) => process.onDeath(resolve))
    return {
      run: async (assignment) => {
        if (process.isDead) return
        this.observer.assigned(
          process,
          assignment.committed,
          this.#handedOut[assignment.partition] ?? 0,
        )
        try {
          await Promise.race([reader.run(this.#assignment(process, assignment)), died])
        } finally {
          this.observer.ended(process)
        }
      },
    }
  }

  #assignment(process: Process, assignment: Assignment): Assignment {
    const { partition } = assignment
    return {
      generation: assignment.generation,
      partition,
      committed: assignment.committed,
      signal: assignment.signal,
      next: async (max) => {
        const records = await assignment.next(max)
        const end = this.#handedOut[partition] ?? 0
        const again = records.filter(({ position }) => position.offset < end).length
        this.#handedOut[partition] = Math.max(end, (records.at(-1)?.position.offset ?? -1) + 1)
        this.observer.handedOut(process, records, again)
        return this.#newer(records)
      },
      commit: async (offset) => {
        if (this.#commitsToRefuse > 0) {
          this.#commitsToRefuse -= 1
          this.observer.fault('commit_refused')
          throw new Error('The commit was refused.')
        }
        await assignment.commit(offset)
      },
    }
  }

  #newer(records: readonly LogRecord[]): readonly LogRecord[] {
    const last = records.at(-1)
    if (this.#newerCommands === 0 || last === undefined) return records
    this.#newerCommands -= 1
    this.observer.fault('newer_command')
    return [...records.slice(0, -1), { ...last, command: { ...last.command, rules: 99 } }]
  }
}
