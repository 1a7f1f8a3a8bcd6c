import type { Reporter } from 'vitest/node'
import { listProcesses, type Process } from './processes.js'

const LOOK_EVERY_MS = 15_000
const COMMAND_LENGTH = 160

/** In the environment of whatever this run has started, services included. */
const OF_THIS_RUN = `TIDINGS_TEST_RUN=${process.pid}\0`
/** Vitest sets it in a worker that runs, and so it is set in whatever a test has started. */
const OF_A_WORKER = 'VITEST_POOL_ID='

/**
 * Names a test that hangs where no timeout reaches it (a loop without a turn, a process that holds a worker's
 * output), ends the workers, and lets the run go on: their files have failed. Ends the run if that did not help.
 */
export class HangWatch implements Reporter {
  readonly #running = new Map<string, string>()
  #lastAt = performance.now()
  #interventions = 0

  /** `silentMs` has to be longer than the longest test. */
  constructor(private readonly silentMs: number = 17 * 60_000) {}

  onInit(): void {
    process.env.TIDINGS_TEST_RUN = String(process.pid)
  }

  onTestRunStart(): void {
    const timer = setInterval(() => this.#look(), Math.min(LOOK_EVERY_MS, this.silentMs))
    // it must not be what keeps the run alive
    timer.unref()
  }

  onTestModuleQueued({ moduleId }: { moduleId: string }): void {
    this.#note(moduleId, 'loading')
  }

  onTestCaseReady(test: { module: { moduleId: string }; fullName: string }): void {
    this.#note(test.module.moduleId, test.fullName)
  }

  onTestCaseResult(test: { module: { moduleId: string }; fullName: string }): void {
    this.#note(test.module.moduleId, `after ${test.fullName}`)
  }

  onTestModuleEnd({ moduleId }: { moduleId: string }): void {
    this.#running.delete(moduleId)
    this.#touch()
  }

  onTestRunEnd(): void {
    this.#touch()
  }

  #note(moduleId: string, what: string): void {
    this.#running.set(moduleId, what)
    this.#touch()
  }

  #touch(): void {
    this.#lastAt = performance.now()
  }

  #look(): void {
    if (performance.now() - this.#lastAt < this.silentMs) return
    this.#touch()
    this.#interventions += 1
    this.#explain()
    for (const one of ours()) {
      if (isWorker(one) || one.environ.includes(OF_A_WORKER)) signal(one.pid, 'SIGKILL')
    }
    if (this.#interventions > 1) process.exit(1)
  }

  #explain(): void {
    say(`Nothing has been reported for ${this.silentMs / 1000} s. Not finished:`)
    for (const [moduleId, what] of this.#running) say(`  ${moduleId}: ${what}`)
    say('Processes: id, parent, state, seconds of CPU time, command:')
    for (const { pid, parent, state, cpuS, command } of ours()) {
      say(`  ${pid} ${parent} ${state} ${cpuS} ${command.slice(0, COMMAND_LENGTH)}`)
    }
    say('The workers are ended now, with what they have started.')
  }
}

const ours = (): readonly Process[] =>
  listProcesses().filter(({ environ }) => environ.includes(OF_THIS_RUN))
const isWorker = ({ command }: Process): boolean => command.includes('vitest/dist/workers/forks')

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // ended since it was listed
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
