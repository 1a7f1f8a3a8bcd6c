import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { ServerOptions } from '@tidings/server'
import type { Answer, Order } from './orders.js'

const PROGRAM = fileURLToPath(new URL('role.ts', import.meta.url))

/** A process of a cluster; it can serve again after it was stopped, and not after it was killed. */
export class RoleProcess {
  readonly #child: ChildProcess
  /** Its code is read. */
  readonly ready: Promise<unknown>
  readonly #exited: Promise<unknown>
  /** Why it could not go on. */
  readonly fatal: string[] = []

  constructor() {
    this.#child = fork(PROGRAM, {
      execArgv: ['--conditions=tidings-source', '--import', 'tsx'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#exited = once(this.#child, 'exit')
    this.ready = this.#answer()
    this.#child.on('message', (answer: Answer) => {
      if ('fatal' in answer) this.fatal.push(answer.fatal)
    })
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Resolves to its port; rejects with the sentence that says why it cannot serve. */
  async serve(settings: Partial<ServerOptions>, port = 0): Promise<number> {
    const answer = await this.#obeys({ serve: settings, port })
    if (!('port' in answer)) throw new Error('it serves nobody')
    return answer.port
  }

  /** Ends what it serves as SIGTERM does. */
  async stop(): Promise<void> {
    if (this.alive) await this.#obeys({ stop: true })
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited
  }

  #obeys(order: Order): Promise<Answer> {
    const answered = this.#answer()
    this.#child.send(order)
    return answered
  }

  #answer(): Promise<Answer> {
    const child = this.#child
    return new Promise((resolve, reject) => {
      const hear = (answer: Answer): void => {
        if ('fatal' in answer) return
        forget()
        if ('failed' in answer) reject(new Error(answer.failed))
        else resolve(answer)
      }
      const end = (): void => {
        forget()
        reject(new Error('the process ended before it answered'))
      }
      const forget = (): void => {
        child.off('message', hear)
        child.off('exit', end)
      }
      child.on('message', hear)
      child.once('exit', end)
    })
  }
}
