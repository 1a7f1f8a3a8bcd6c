import { type ChildProcess, fork } from 'node:child_process'
import { rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { Answer, Task } from './worker.js'

/** A task that takes longer hangs: a world of this size is over in a fraction of a second. */
const TASK_TIMEOUT_MS = 60_000
/** A process that ran so many is replaced, so that what one world left behind cannot add up. */
const TASKS_PER_PROCESS = 500

interface Slot {
  child: ChildProcess | undefined
  tasks: number
}

/** Worker processes over one bundle, one task each at a time. */
export class Pool {
  readonly #slots: Slot[]
  readonly #free: Slot[]
  readonly #waiting: ((slot: Slot) => void)[] = []

  constructor(
    private readonly file: string,
    readonly size = availableParallelism(),
  ) {
    this.#slots = Array.from({ length: size }, () => ({ child: undefined, tasks: 0 }))
    this.#free = [...this.#slots]
  }

  async run(task: Task): Promise<Answer> {
    const slot =
      this.#free.pop() ?? (await new Promise<Slot>((resolve) => this.#waiting.push(resolve)))
    try {
      return await this.#ask(slot, task)
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free.push(slot)
      else next(slot)
    }
  }

  /** Ends the processes and removes the bundle. */
  close(): void {
    for (const slot of this.#slots) {
      slot.child?.kill()
      slot.child = undefined
    }
    rmSync(this.file, { force: true })
  }

  #ask(slot: Slot, task: Task): Promise<Answer> {
    if (slot.tasks >= TASKS_PER_PROCESS) this.#end(slot)
    slot.child ??= fork(this.file, [], {
      execArgv: ['--enable-source-maps'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    slot.tasks += 1
    const { child } = slot
    return new Promise((resolve) => {
      const settle = (answer: Answer): void => {
        clearTimeout(timer)
        child.off('message', settle)
        child.off('exit', died)
        resolve(answer)
      }
      const died = (code: number | null): void => {
        slot.child = undefined
        slot.tasks = 0
        settle({ ok: false, error: `the worker ended with ${code}` })
      }
      const timer = setTimeout(() => {
        child.off('exit', died)
        this.#end(slot)
        settle({ ok: false, error: `no end within ${TASK_TIMEOUT_MS / 1000} s: the world hangs` })
      }, TASK_TIMEOUT_MS)
      child.on('message', settle)
      child.on('exit', died)
      child.send(task)
    })
  }

  #end(slot: Slot): void {
    slot.child?.kill('SIGKILL')
    slot.child = undefined
    slot.tasks = 0
  }
}
