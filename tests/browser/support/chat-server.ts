import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Chat } from './chat.js'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const script = join(root, 'examples/web-chat/server.mjs')
const built = [
  'packages/sdk/dist/index.js',
  'packages/server/dist/index.js',
  'examples/web-chat/dist/index.html',
]
const seed = fileURLToPath(new URL('seed.mjs', import.meta.url))
const startTimeoutMs = 30_000
const fillTimeoutMs = 60_000

/** A new folder for the data of one test file. */
export const newDataDir = (): string => mkdtempSync(join(tmpdir(), 'tidings-browser-'))

/** The real web chat in a process of its own, on a folder that outlives it. */
export class ChatServer implements Chat {
  readonly dataDir: string
  #port = 0
  #process: ChildProcess | undefined

  constructor(dataDir: string = newDataDir()) {
    this.dataDir = dataDir
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/`
  }

  /** On a free port the first time, then always on that one. Resolves when it answers. */
  async start(): Promise<void> {
    const missing = built.find((file) => !existsSync(join(root, file)))
    if (missing) throw new Error(`${missing} is not there: run \`npm run build\` first.`)
    const child = spawn(
      process.execPath,
      [script, '--port', String(this.#port), '--data', this.dataDir],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    this.#process = child
    const address = await addressOf(child)
    this.#port = Number(new URL(address).port)
  }

  /** As a power cut would: no farewell, nothing flushed. */
  kill(): Promise<void> {
    return this.#end('SIGKILL')
  }

  /** As the owner of the folder, past the limits that users have; so nobody else may own it. */
  async fill(count: number): Promise<readonly string[]> {
    if (this.#process !== undefined) throw new Error('the data folder is in use')
    await promisify(execFile)(process.execPath, [seed, this.dataDir, String(count)], {
      timeout: fillTimeoutMs,
    })
    return Array.from({ length: count }, (_, at) => `message ${at + 1}`)
  }

  /** Ends the server and takes its data away. */
  async remove(): Promise<void> {
    await this.#end('SIGTERM')
    rmSync(this.dataDir, { recursive: true, force: true })
  }

  #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
    return new Promise((resolve) => {
      child.once('exit', () => resolve())
      child.kill(signal)
    })
  }
}

/** The address that it prints once it listens; what it says instead is the error. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`The web chat did not start in ${startTimeoutMs} ms. It said: ${said}`))
    }, startTimeoutMs)
    const hear = (text: string): void => {
      said += text
      const address = /Tidings is up:\s+(\S+)/.exec(said)?.[1]
      if (address === undefined) return
      clearTimeout(timer)
      resolve(address)
    }
    child.stdout?.setEncoding('utf8').on('data', hear)
    child.stderr?.setEncoding('utf8').on('data', hear)
    child.once('exit', (code) => {
      clearTimeout(timer)
      reject(new Error(`The web chat ended with ${code}. It said: ${said}`))
    })
  })
}
