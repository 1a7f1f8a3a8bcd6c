import type { PushBatch, PushBus, PushReceiver } from '../../../packages/server/src/ports/push.js'
import type { Process } from './process.js'
import type { Scheduler } from './scheduler.js'

/** What may happen to the next push. */
export type PushFault =
  | 'push_lost'
  | 'events_lost'
  | 'answers_lost'
  | 'push_twice'
  | 'push_late'
  | EphemeralFault

/** The same to the next that carries something which is not stored. */
export type EphemeralFault = 'ephemeral_lost' | 'ephemeral_twice' | 'ephemeral_late'

const LATE_MS = 700

/** The push bus of a world: from sequencers to the processes that hold connections. */
export class WorldBus {
  readonly #receivers = new Map<string, { receiver: PushReceiver; died: Promise<void> }>()
  #faults: PushFault[] = []
  readonly #lastAt = new Map<string, number>()
  latencyMs = 1

  constructor(
    private readonly scheduler: Scheduler,
    private readonly onFault: (fault: PushFault) => void,
    private readonly onConfirm: () => void,
  ) {}

  failNext(fault: PushFault): void {
    this.#faults.push(fault)
  }

  heal(): void {
    this.#faults = []
    this.latencyMs = 1
  }

  /** The bus as one process sees it. */
  open(process: Process): PushBus {
    return {
      register: (processId, receiver) => {
        if (this.#receivers.has(processId)) throw new Error(`the process id ${processId} is taken`)
        const died = new Promise<void>((resolve) => process.onDeath(resolve))
        const registered = { receiver, died }
        this.#receivers.set(processId, registered)
        const leave = (): void => {
          if (this.#receivers.get(processId) === registered) this.#receivers.delete(processId)
        }
        process.onDeath(leave)
        return leave
      },
      push: async (processId, batch) => {
        if (!process.isDead) this.#push(processId, batch)
      },
      processes: () => [...this.#receivers.keys()],
      living: async () => [...this.#receivers.keys()],
      confirmRemoval: (processId, removal) =>
        process.ask(this.latencyMs, async () => {
          this.onConfirm()
          const found = this.#receivers.get(processId)
          // a process that is gone can send nothing any more
          await Promise.race([found?.receiver.confirmRemoval(removal), found?.died])
        }),
      invalidate: (processId, changes) =>
        process.ask(this.latencyMs, async () => {
          const found = this.#receivers.get(processId)
          await Promise.race([found?.receiver.invalidate?.(changes), found?.died])
        }),
      endSessions: (processId, ending) =>
        process.ask(this.latencyMs, async () => {
          const found = this.#receivers.get(processId)
          await Promise.race([found?.receiver.endSessions?.(ending), found?.died])
        }),
    }
  }

  #push(processId: string, batch: PushBatch): void {
    const fault = this.#faultFor(batch)
    if (fault === 'push_lost' || fault === 'ephemeral_lost') return
    const isLate = fault === 'push_late' || fault === 'ephemeral_late'
    const isTwice = fault === 'push_twice' || fault === 'ephemeral_twice'
    const sent = {
      ...batch,
      channels: fault === 'events_lost' ? [] : batch.channels,
      answers: fault === 'answers_lost' ? [] : batch.answers,
    }
    this.#send(processId, sent, isLate ? LATE_MS : 0)
    if (isTwice) this.#send(processId, sent, LATE_MS)
  }

  /** The first that waits for a push like this one. */
  #faultFor(batch: PushBatch): PushFault | undefined {
    const at = this.#faults.findIndex((fault) => isOfKind(fault, batch))
    const [fault] = at < 0 ? [] : this.#faults.splice(at, 1)
    if (fault !== undefined) this.onFault(fault)
    return fault
  }

  /** In order, save what comes late. */
  #send(processId: string, batch: PushBatch, lateMs: number): void {
    const last = this.#lastAt.get(processId) ?? 0
    const atMs = Math.max(last, this.scheduler.nowMs + this.latencyMs)
    if (lateMs === 0) this.#lastAt.set(processId, atMs)
    this.scheduler.after(atMs + lateMs - this.scheduler.nowMs, () =>
      this.#receivers.get(processId)?.receiver.receive(batch),
    )
  }
}

function isOfKind(fault: PushFault, { channels, answers, ephemeral }: PushBatch): boolean {
  if (fault.startsWith('ephemeral')) return ephemeral !== undefined
  return (fault === 'answers_lost' ? answers : channels).length > 0
}
