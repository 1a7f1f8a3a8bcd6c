/** Tasks one after the other: what a task causes is done before the next thing from outside. */
export interface Turns {
  /** Runs the task now, or right after the one that is running and what that had caused before. */
  step(task: () => void): void
  /** Runs the task once nothing is left of what all before it have caused. */
  input(task: () => void): void
}

export function createTurns(): Turns {
  const steps: (() => void)[] = []
  const inputs: (() => void)[] = []
  let busy = false

  const work = (): void => {
    if (busy) return
    busy = true
    try {
      for (;;) {
        const next = steps.shift() ?? inputs.shift()
        if (!next) return
        next()
      }
    } finally {
      busy = false
    }
  }

  const into =
    (queue: (() => void)[]) =>
    (task: () => void): void => {
      queue.push(task)
      work()
    }
  return { step: into(steps), input: into(inputs) }
}
