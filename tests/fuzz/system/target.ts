import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import { fileURLToPath } from 'node:url'

/** A message that there is. */
export interface Target {
  readonly workspaceId: string
  readonly channelId: string
  readonly seq: number
  readonly messageId: string
}
export interface Ready {
  readonly port: number
  readonly targets: readonly Target[]
}
export interface Measured {
  readonly rss: number
  readonly heapUsed: number
  readonly arrayBuffers: number
  readonly external: number
  /** What keeps the process alive, counted by kind. */
  readonly handles: Readonly<Record<string, number>>
}

/** The process under test: what it is asked, what it logs, and what becomes of it. */
export class FuzzTarget {
  readonly url: string
  readonly port: number
  readonly targets: readonly Target[]
  /** Lines of its log that hold a secret. */
  readonly leaks: string[] = []
  /** What Node or the server warned of. */
  readonly warnings: string[] = []
  logged = 0
  private lastLines = ''

  private constructor(
    private readonly child: ChildProcess,
    private readonly dataDir: string,
    readonly secret: string,
    readonly serverKey: string,
    ready: Ready,
  ) {
    this.port = ready.port
    this.url = `http://127.0.0.1:${ready.port}`
    this.targets = ready.targets
  }

  static async start(settings: object): Promise<FuzzTarget> {
    const dataDir = await mkdtemp(join(tmpdir(), 'tidings-fuzz-'))
    const secret = `secret-${randomBytes(12).toString('hex')}-of-`
    const serverKey = `server-key-${randomBytes(16).toString('hex')}`
    const file = fileURLToPath(new URL('server.ts', import.meta.url))
    const child = fork(file, [dataDir, secret, serverKey, JSON.stringify(settings)], {
      execArgv: ['--conditions=tidings-source', '--import', 'tsx', '--expose-gc'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    let early = ''
    const keep = (bytes: Buffer): void => {
      early += bytes
    }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    const ready = await hears<Ready>(child, 'ready').catch((error) => {
      throw new Error(`${error}\n${early}`)
    })
    child.stdout?.off('data', keep)
    child.stderr?.off('data', keep)
    const target = new FuzzTarget(child, dataDir, secret, serverKey, ready)
    target.listen()
    return target
  }

  tokenOf(userId: string): string {
    return `${this.secret}${userId}`
  }

  /** Throws with its last words when the process has ended. */
  assertAlive(): void {
    const { exitCode, signalCode } = this.child
    if (exitCode === null && signalCode === null) return
    throw new Error(`the server died with ${exitCode ?? signalCode}:\n${this.lastLines}`)
  }

  async measure(): Promise<Measured> {
    this.assertAlive()
    const measured = hears<Measured>(this.child, 'measured')
    this.child.send('measure')
    return measured
  }

  /** Closes it as its owner would; resolves to the code with which it ended. */
  async close(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exited = once(this.child, 'exit')
      this.child.send('close')
      await exited
    }
    await rm(this.dataDir, { recursive: true, force: true })
    return this.child.exitCode
  }

  private listen(): void {
    const secrets = [this.secret, this.serverKey].flatMap((secret) => [
      secret,
      Buffer.from(secret).toString('base64url').slice(0, -2),
    ])
    for (const stream of [this.child.stdout, this.child.stderr]) {
      const decoder = new StringDecoder()
      let rest = ''
      stream?.on('data', (bytes: Buffer) => {
        const text = rest + decoder.write(bytes)
        const end = text.lastIndexOf('\n') + 1
        rest = text.slice(end)
        const whole = text.slice(0, end)
        this.logged += whole.length
        this.lastLines = (this.lastLines + whole).slice(-4_000)
        if (!secrets.some((secret) => whole.includes(secret))) return
        for (const line of whole.split('\n')) {
          if (secrets.some((secret) => line.includes(secret))) this.leaks.push(line.slice(0, 1_000))
        }
      })
    }
    this.child.on('message', (message) => {
      const { warning } = message as { warning?: string }
      if (warning !== undefined) this.warnings.push(warning)
    })
  }
}

/** The first message with this field; rejects when the process ends before. */
async function hears<T>(child: ChildProcess, field: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => {
      child.off('message', onMessage)
      reject(new Error(`the server ended with ${code} before it said ${field}`))
    }
    const onMessage = (message: unknown): void => {
      const found = (message as Record<string, unknown>)[field]
      if (found === undefined) return
      child.off('exit', onExit)
      child.off('message', onMessage)
      resolve(found as T)
    }
    child.once('exit', onExit)
    child.on('message', onMessage)
  })
}
