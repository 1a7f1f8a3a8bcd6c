import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, vi } from 'vitest'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** A program of this repository as its user runs it: what it says, what it is told, how it ends. */
export class Program {
  readonly #process: ChildProcess
  readonly ended: Promise<number | NodeJS.Signals>
  out = ''
  err = ''

  constructor(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.#process = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: 'pipe',
    })
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.out += text
    })
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.err += text
    })
    this.ended = new Promise((resolve) => {
      this.#process.once('close', (code, signal) => resolve(code ?? signal ?? 'SIGKILL'))
    })
  }

  /** Waits until it has said this. */
  async says(text: string | RegExp): Promise<void> {
    const what =
      typeof text === 'string' ? expect.stringContaining(text) : expect.stringMatching(text)
    await vi.waitFor(() => expect(this.out).toEqual(what), { timeout: 45_000, interval: 20 })
  }

  type(line: string): void {
    this.#process.stdin?.write(`${line}\n`)
  }

  /** As Ctrl-C does. */
  interrupt(): void {
    this.#process.kill('SIGINT')
  }

  /** Ends it whatever it does, for after a test. */
  async end(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.ended
  }
}
