/** Something that will happen; cancelled ones are passed over when their time comes. */
export interface Task {
  readonly dueMs: number
  readonly order: number
  run: (() => void) | undefined
}

/** Times are whole numbers of these, so that sums and differences of them are exact. */
const TICKS_PER_MS = 1024

/** So many tasks at one moment are one that never ends. */
const STANDING_MAX = 50_000

/** How many steps are handed to the host at once: each still gets all promises settled before the next. */
const STEPS_AT_ONCE = 64

/**
 * The one clock of a world: of servers, pages, networks and the plan. Time jumps from one task to the next;
 * between two tasks every promise that can settle does, as it would between two turns of an event loop.
 */
export class Scheduler {
  #nowMs = 0
  #order = 0
  /** Tasks that ran at this moment. */
  #standing = 0
  #waiting = 0
  readonly #heap: Task[] = []
  /** Tasks that ran, for the profile of a run. */
  ran = 0

  /** Milliseconds since the world began. */
  get nowMs(): number {
    return this.#nowMs
  }

  /** Tasks that are still to come. */
  get waiting(): number {
    return this.#waiting
  }

  after(delayMs: number, run: () => void): Task {
    const dueMs =
      Math.ceil((this.#nowMs + (delayMs > 0 ? delayMs : 0)) * TICKS_PER_MS) / TICKS_PER_MS
    const task: Task = { dueMs, order: this.#order++, run }
    this.#waiting += 1
    this.#push(task)
    return task
  }

  cancel(task: Task): void {
    if (task.run === undefined) return
    task.run = undefined
    this.#waiting -= 1
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, resolve))
  }

  /** Runs until the condition holds (true) or the time is over or nothing is left to do (false). */
  run(endMs: number, isDone: () => boolean = () => false): Promise<boolean> {
    return new Promise((resolve, reject) => {
      let ended = false
      const end = (settle: () => void): void => {
        ended = true
        settle()
      }
      const step = (): void => {
        if (ended) return
        try {
          if (isDone()) return end(() => resolve(true))
          const task = this.#next(endMs)
          if (task === undefined) {
            this.#nowMs = Math.max(this.#nowMs, endMs)
            return end(() => resolve(false))
          }
          this.#standing = task.dueMs > this.#nowMs ? 0 : this.#standing + 1
          if (this.#standing > STANDING_MAX)
            throw new Error('time stands still: something is done again and again')
          this.#nowMs = task.dueMs
          this.#waiting -= 1
          this.ran += 1
          const { run } = task
          task.run = undefined
          run?.()
        } catch (error) {
          end(() => reject(error))
        }
      }
      const burst = (): void => {
        step()
        if (ended) return
        // one task each, with all promises settled between them, in a single turn of the host
        for (let i = 1; i < STEPS_AT_ONCE; i++) setImmediate(step)
        setImmediate(burst)
      }
      setImmediate(burst)
    })
  }

  #next(endMs: number): Task | undefined {
    for (;;) {
      const [top] = this.#heap
      if (top === undefined) return undefined
      if (top.run !== undefined && top.dueMs > endMs) return undefined
      this.#pop()
      if (top.run !== undefined) return top
    }
  }

  #push(task: Task): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(task)
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent] as Task
      if (!isBefore(task, above)) break
      heap[at] = above
      at = parent
    }
    heap[at] = task
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop() as Task
    if (heap.length === 0) return
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      if (left >= heap.length) break
      const right = left + 1
      const isRight = right < heap.length && isBefore(heap[right] as Task, heap[left] as Task)
      const child = isRight ? right : left
      if (!isBefore(heap[child] as Task, last)) break
      heap[at] = heap[child] as Task
      at = child
    }
    heap[at] = last
  }
}

const isBefore = (a: Task, b: Task): boolean =>
  a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order)
