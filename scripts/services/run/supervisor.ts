import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface ChildOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  readonly uid?: number
  readonly gid?: number
}

interface Pending {
  resolve(value: unknown): void
  reject(error: Error): void
}

type Message =
  | { readonly exited: string; readonly how: string }
  | { readonly id: number; readonly value?: unknown; readonly error?: string }

const script = fileURLToPath(new URL('./supervisor.mjs', import.meta.url))

/** The run's line to the process that owns its services (see supervisor.mjs for why there is one). */
export class Supervisor {
  readonly #child: ChildProcess
  readonly #ended: Promise<void>
  readonly #pending = new Map<number, Pending>()
  readonly #exits = new Map<string, (how: string) => void>()
  #lastId = 0
  #waiting = 0

  constructor(folder: string) {
    this.#child = fork(script, [folder], { detached: true, execArgv: [], stdio: 'ignore' })
    this.#child.on('message', (message) => this.#receive(message as Message))
    this.#ended = new Promise((resolve) => this.#child.once('exit', () => resolve()))
    this.#child.once('exit', () => this.#failAll('the run has ended'))
    this.#child.on('error', (error) => this.#failAll(error.message))
    // A forgotten close() must not keep the run alive; its end takes the services down too.
    this.#child.unref()
    this.#child.channel?.unref()
  }

  /** Starts a process; `onExit` is told once how it ended, whatever ended it. */
  async spawn(
    name: string,
    command: string,
    args: readonly string[],
    options: ChildOptions,
    log: string,
    onExit: (how: string) => void,
  ): Promise<number | undefined> {
    this.#exits.set(name, onExit)
    return (await this.#ask('spawn', { name, command, args, options, log })) as number | undefined
  }

  async signal(name: string, signal: NodeJS.Signals): Promise<void> {
    await this.#ask('signal', { name, signal })
  }

  /** A command to run when everything ends, for what is not a child process. */
  async last(command: string, args: readonly string[], options: ChildOptions): Promise<void> {
    await this.#ask('last', { command, args, options })
  }

  /** Kills what is left and removes the folder. */
  async end(): Promise<void> {
    // The child has to be awaited: it may be gone already, or going.
    this.#child.ref()
    if (this.#child.connected) this.#child.send({ operation: 'end' }, () => {})
    await this.#ended
  }

  /** Awaits what a message will settle; only that long does the channel keep this process alive. */
  async waitFor<T>(settled: Promise<T>): Promise<T> {
    this.#waiting += 1
    this.#child.channel?.ref()
    try {
      return await settled
    } finally {
      this.#waiting -= 1
      if (this.#waiting === 0) this.#child.channel?.unref()
    }
  }

  #ask(operation: string, given: object): Promise<unknown> {
    this.#lastId += 1
    const id = this.#lastId
    const answered = new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      this.#child.send({ id, operation, ...given }, (error) => {
        if (error) this.#settle(id, (pending) => pending.reject(error))
      })
    })
    return this.waitFor(answered)
  }

  #receive(message: Message): void {
    if ('exited' in message) {
      const onExit = this.#exits.get(message.exited)
      this.#exits.delete(message.exited)
      onExit?.(message.how)
      return
    }
    this.#settle(message.id, ({ resolve, reject }) =>
      message.error === undefined ? resolve(message.value) : reject(new Error(message.error)),
    )
  }

  #settle(id: number, how: (pending: Pending) => void): void {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    if (pending) how(pending)
  }

  #failAll(reason: string): void {
    for (const id of [...this.#pending.keys()]) {
      this.#settle(id, (pending) => pending.reject(new Error(reason)))
    }
    for (const onExit of this.#exits.values()) onExit(reason)
    this.#exits.clear()
  }
}
