import type { Cluster, Redis } from 'ioredis'
import { Circuit } from './circuit.js'
import { createKeys, type Keys } from './keys.js'
import { openClient } from './open.js'
import { DEFAULT_COMMAND_TIMEOUT_MS, DEFAULT_KEY_PREFIX, type RedisOptions } from './options.js'
import { KEYS_MAX, type Script } from './script.js'
import { SCRIPTS } from './scripts.js'
import { checkRedis } from './start-check.js'

export type RedisClient = Redis | Cluster

/** Redis did not answer: whoever asked goes on without it, or asks again later. */
export class RedisAway extends Error {
  override readonly name = 'RedisAway'
}

/** One Redis, whatever its set-up, for all adapters of a process. */
export interface RedisConnection {
  readonly keys: Keys
  /**
   * Runs a command. Rejects with RedisAway, within the command's deadline, when there is no answer; and at once
   * when there was none for a while or too many commands are under way (I7). What it did is then not known.
   */
  ask<T>(command: (client: RedisClient) => Promise<T>): Promise<T>
  /** Runs a script, with the same errors. */
  run<T>(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<T>
  /** True while commands are not even sent. */
  readonly isAway: boolean
  /** Ends it; what is under way fails. Idempotent. */
  close(): Promise<void>
}

/** Errors of a moment: the node is being replaced, or the slot is moving. */
const PASSING =
  /^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN|LOADING|READONLY|MASTERDOWN|Connection is closed|Cluster isn't ready)/
const RETRY_MS = 50

/**
 * Connects. Rejects with one sentence when Redis does not answer within `startTimeoutMs`, and with RedisUnsafe where
 * it may throw away what it holds; afterwards it connects again by itself, for ever, and throws nothing that nobody
 * asked for.
 */
export async function createRedis(options: RedisOptions): Promise<RedisConnection> {
  const client = await openClient(options, defineScripts)
  try {
    await checkRedis(client, options)
  } catch (error) {
    client.disconnect()
    throw error
  }
  return new Connection(client, options)
}

/**
 * All at once and before the first command: ioredis gives a pipeline the scripts that are defined when it begins,
 * and one that is defined later breaks it for everybody.
 */
function defineScripts(client: RedisClient): void {
  for (const script of SCRIPTS) {
    const counts =
      script.keys === 'any' ? Array.from({ length: KEYS_MAX }, (_, i) => i + 1) : [script.keys]
    for (const numberOfKeys of counts) {
      client.defineCommand(methodOf(script, numberOfKeys), { lua: script.lua, numberOfKeys })
    }
  }
}

/** One for each number of keys: in a cluster the first key, which says where a pipeline goes, must be the first argument. */
const methodOf = ({ name, keys }: Script, numberOfKeys: number): string =>
  keys === 'any' ? `${name}${numberOfKeys}` : name

type Call = (...args: (string | number)[]) => Promise<unknown>

class Connection implements RedisConnection {
  readonly keys: Keys
  private readonly circuit: Circuit
  private readonly timeoutMs: number
  private readonly maxInFlight: number
  private inFlight = 0
  private closed = false

  constructor(
    private readonly client: RedisClient,
    private readonly options: RedisOptions,
  ) {
    this.keys = createKeys(options.keyPrefix ?? DEFAULT_KEY_PREFIX)
    this.timeoutMs = options.commandTimeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS
    const probeKey = this.keys.of('probe', options.environment.randomId())
    this.circuit = new Circuit(options.environment, () =>
      this.withinDeadline(() => client.exists(probeKey)),
    )
    this.maxInFlight = options.maxInFlight ?? 20_000
  }

  get isAway(): boolean {
    return this.circuit.isOpen
  }

  async ask<T>(command: (client: RedisClient) => Promise<T>): Promise<T> {
    if (this.closed) throw new RedisAway('the connection to Redis is closed')
    if (this.inFlight >= this.maxInFlight) {
      throw new RedisAway(`${this.inFlight} commands wait for Redis already`)
    }
    if (this.circuit.isOpen) throw new RedisAway('Redis has not answered lately')
    this.inFlight++
    try {
      const answer = await this.withinDeadline(command)
      this.circuit.succeeded()
      return answer
    } catch (error) {
      if (isAnswer(error)) this.circuit.succeeded()
      else this.circuit.failed()
      throw new RedisAway(`Redis: ${messageOf(error)}`, { cause: error })
    } finally {
      this.inFlight--
    }
  }

  run<T>(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<T> {
    const name = methodOf(script, keys.length)
    return this.ask((client) => {
      // defineCommand adds a method of that name, which its types cannot know
      const call = (client as unknown as Record<string, Call>)[name]?.bind(client)
      if (call === undefined) throw new Error(`the script ${name} is not defined`)
      return call(...keys, ...args) as Promise<T>
    })
  }

  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    this.circuit.close()
    this.client.disconnect()
  }

  /** Passing errors are asked again; the deadline counts from the first try. */
  private withinDeadline<T>(command: (client: RedisClient) => Promise<T>): Promise<T> {
    const { environment } = this.options
    const until = environment.monotonicNow() + this.timeoutMs
    return new Promise<T>((resolve, reject) => {
      let pause: unknown
      const deadline = environment.setTimer(() => {
        // when this process is late itself, the answer may lie in the socket: it is read before the turn ends
        environment.nextTurn(() =>
          environment.nextTurn(() => {
            environment.clearTimer(pause)
            reject(new Error(`no answer within ${this.timeoutMs} ms`))
          }),
        )
      }, this.timeoutMs)
      const attempt = (): void => {
        command(this.client).then(
          (answer) => {
            environment.clearTimer(deadline)
            resolve(answer)
          },
          (error: unknown) => {
            const isLate = environment.monotonicNow() + RETRY_MS >= until
            if (PASSING.test(messageOf(error)) && !isLate && !this.closed) {
              pause = environment.setTimer(attempt, RETRY_MS)
              return
            }
            environment.clearTimer(deadline)
            reject(error)
          },
        )
      }
      attempt()
    })
  }
}

/** Redis itself refused the command: it is there. */
const isAnswer = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ReplyError' && !PASSING.test(error.message)

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)
