import { createMemoryDirectory } from '../../../packages/server/src/adapters/memory/directory.js'
import { pending } from '../../../packages/server/src/ports/contract/directory-support.js'
import type { Directory } from '../../../packages/server/src/ports/directory.js'
import type { ServerEnvironment } from '../../../packages/server/src/ports/environment.js'
import type { Process } from './process.js'

type Method = Exclude<keyof Directory, 'close'>

const CHANGES: ReadonlySet<string> = new Set<Method>([
  'upsertUser',
  'upsertWorkspace',
  'setWorkspaceMember',
  'removeWorkspaceMember',
  'upsertChannel',
  'directChannel',
  'renameChannel',
  'setMember',
  'removeMember',
  'outboxDone',
])

interface Change {
  readonly method: Method
  readonly args: readonly unknown[]
  readonly atMs: number
}

/** The directory of a world: it outlives every process, and can be taken back to a backup. */
export class WorldDirectory {
  #directory: Directory
  #replayMs: number | undefined
  readonly #changes: Change[] = []
  #failing = 0
  latencyMs = 1
  /** Who waits for somebody to become a member. */
  #joins: { readonly key: string; readonly then: () => void }[] = []

  constructor(
    private readonly environment: Pick<ServerEnvironment, 'now'>,
    private readonly onFault: () => void,
    /** A change stands in its channel's stream (R15). */
    private readonly onDone: () => void,
  ) {
    this.#directory = this.#create()
  }

  /** As it is now, for who only looks. */
  get current(): Directory {
    return this.#directory
  }

  /** Makes what is there from the beginning. */
  async setUp<M extends Method>(method: M, ...args: Parameters<Directory[M]>): Promise<void> {
    this.#changes.push({ method, args, atMs: this.environment.now() })
    await this.#call(method, args)
  }

  /** What was made from the beginning is in nobody's stream. */
  async settleSetUp(): Promise<void> {
    const entries = await pending(this.#directory)
    await this.setUp(
      'outboxDone',
      entries.map(({ entryId }) => entryId),
    )
  }

  /** Calls back as soon as the directory has made a user a member of a channel, before anybody is answered. */
  onJoin(channelId: string, userId: string, then: () => void): void {
    this.#joins.push({ key: `${channelId} ${userId}`, then })
  }

  failNext(calls: number): void {
    this.#failing = calls
  }

  heal(): void {
    this.#failing = 0
    this.latencyMs = 1
  }

  backup(): number {
    return this.#changes.length
  }

  /** Does everything again that was done until then. */
  async restore(backup: number): Promise<void> {
    this.#changes.length = backup
    this.#directory = this.#create()
    for (const { method, args, atMs } of this.#changes) {
      this.#replayMs = atMs
      await this.#call(method, args).catch(() => {})
    }
    this.#replayMs = undefined
  }

  /** The directory as one process sees it. */
  open(process: Process): Directory {
    const methods = Object.keys(this.#directory) as (keyof Directory)[]
    return Object.fromEntries(
      methods.map((method) => [
        method,
        (...args: unknown[]) => (method === 'close' ? undefined : this.#ask(process, method, args)),
      ]),
    ) as unknown as Directory
  }

  #ask(process: Process, method: Method, args: readonly unknown[]): Promise<unknown> {
    return process.ask(this.latencyMs, () => {
      if (this.#failing > 0) {
        this.#failing -= 1
        this.onFault()
        throw new Error('the directory does not answer')
      }
      if (method === 'outboxDone') this.onDone()
      if (CHANGES.has(method)) {
        this.#changes.push({ method, args, atMs: this.environment.now() })
      }
      if (this.#joins.length > 0) this.#joined(method, args)
      return this.#call(method, args)
    })
  }

  #joined(method: Method, [change]: readonly unknown[]): void {
    if (method !== 'setMember' && method !== 'upsertChannel') return
    const { channelId, userId, ownerId } = change as Record<string, string>
    const key = `${channelId} ${userId ?? ownerId}`
    const due = this.#joins.filter((join) => join.key === key)
    this.#joins = this.#joins.filter((join) => join.key !== key)
    for (const { then } of due) then()
  }

  #call(method: Method, args: readonly unknown[]): Promise<unknown> {
    const call = this.#directory[method] as (...args: readonly unknown[]) => Promise<unknown>
    return call(...args)
  }

  #create(): Directory {
    return createMemoryDirectory({ now: () => this.#replayMs ?? this.environment.now() })
  }
}
