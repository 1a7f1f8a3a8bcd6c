import type { ServerEnvironment } from '../../../packages/server/src/ports/environment.js'
import { WORLD_BEGAN_MS } from './page.js'
import type { Random } from './random.js'
import type { Scheduler, Task } from './scheduler.js'

/** The wall clock of the servers: somebody may set it. */
export interface ServerClock {
  skewMs: number
}

/**
 * One process of a server: its time, timers and chance, and its death. What a dead process still had in its
 * memory can do nothing any more: its timers are gone and every port answers it never.
 */
export class Process {
  readonly environment: ServerEnvironment
  readonly #timers = new Map<Task, () => void>()
  readonly #ends: (() => void)[] = []
  #dead = false
  /** What waits while the process stands still. */
  #paused: (() => void)[] | undefined
  readonly #startedMs: number

  constructor(
    readonly id: string,
    private readonly scheduler: Scheduler,
    private readonly random: Random,
    clock: ServerClock,
  ) {
    this.#startedMs = scheduler.nowMs
    this.environment = {
      now: () => WORLD_BEGAN_MS + Math.floor(scheduler.nowMs) + clock.skewMs,
      monotonicNow: () => scheduler.nowMs - this.#startedMs + 1_000,
      setTimer: (callback, delayMs) => {
        if (this.#dead) return undefined
        const fire = (): void => {
          // one that was cleared while the process stood still is not called any more
          if (this.#timers.delete(task)) callback()
        }
        const task = scheduler.after(delayMs, () => this.#run(fire))
        this.#timers.set(task, callback)
        return task
      },
      clearTimer: (handle) => {
        if (handle === undefined) return
        this.#timers.delete(handle as Task)
        scheduler.cancel(handle as Task)
      },
      nextTurn: (callback) => {
        scheduler.after(0, () => this.#run(callback))
      },
      random: () => random.next(),
      randomId: () => random.hex(22),
    }
  }

  get isDead(): boolean {
    return this.#dead
  }

  /** The timers that run, by what they call. */
  timers(): readonly string[] {
    return [...this.#timers.values()].map((callback) =>
      String(callback).replace(/\s+/g, ' ').slice(0, 120),
    )
  }

  /** Called when the process dies. */
  onDeath(end: () => void): void {
    this.#ends.push(end)
  }

  /** Stands still, as under a debugger or in a long collection, and then goes on with what it knew. */
  pause(ms: number): void {
    this.#paused ??= []
    this.scheduler.after(ms, () => {
      const tasks = this.#paused ?? []
      this.#paused = undefined
      for (const task of tasks) this.#run(task)
    })
  }

  die(): void {
    if (this.#dead) return
    this.#dead = true
    for (const task of this.#timers.keys()) this.scheduler.cancel(task)
    this.#timers.clear()
    for (const end of this.#ends.splice(0)) end()
  }

  #run(task: () => void): void {
    if (this.#dead) return
    if (this.#paused !== undefined) this.#paused.push(task)
    else task()
  }

  /** Asks something outside: it takes a moment, is not asked by the dead, and does not answer them. */
  ask<T>(latencyMs: number, work: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        if (this.#dead) return
        const settle =
          <V>(end: (value: V) => void) =>
          (value: V): void =>
            this.#run(() => end(value))
        try {
          const answer = work()
          if (answer instanceof Promise) answer.then(settle(resolve), settle(reject))
          else settle(resolve)(answer)
        } catch (error) {
          settle(reject)(error)
        }
      }
      if (latencyMs === 0) begin()
      else this.scheduler.after(latencyMs * (0.5 + this.random.next()), () => this.#run(begin))
    })
  }
}
