import { pause } from '../environment/pause.js'
import type { CommandLog, LogReader, LogSubscription } from '../ports/command-log.js'
import type { ServerEnvironment } from '../ports/environment.js'
import { backOffMs } from '../sequencer/back-off.js'

export interface TakingPartOptions {
  readonly environment: Pick<ServerEnvironment, 'setTimer' | 'clearTimer' | 'random'>
  readonly log: Pick<CommandLog, 'read'>
  readonly reader: LogReader
  /** Told of each time that it could not take part again. */
  readonly onTrouble: (error: unknown) => void
}

/** Whether one reader takes part in reading the log. */
export interface TakingPart {
  /** Resolves when it takes part; rejects when it does not, and will not. */
  start(): Promise<void>
  /**
   * Leaves, and takes part again however often that must be tried; during the start, as soon as that has ended.
   * Resolves when it does, or when it is closed. Where it was not started, or could not be, there is nothing to leave:
   * resolves without doing anything.
   */
  again(): Promise<void>
  /** For `/readyz`: rejects while it does not. */
  check(): Promise<void>
  /** Leaves; waits for no further try. */
  close(): Promise<void>
}

export function createTakingPart(options: TakingPartOptions): TakingPart {
  const { environment, log, reader, onTrouble } = options
  const closing = new AbortController()
  const { signal } = closing
  let subscription: LogSubscription | undefined
  let started = false
  /** Why it does not take part. */
  let away: string | undefined
  let changing: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined

  async function begin(): Promise<void> {
    subscription = await log.read(reader)
    started = true
  }

  async function leaveAndJoin(): Promise<void> {
    await subscription?.close()
    subscription = undefined
    if (!signal.aborted) subscription = await log.read(reader)
  }

  async function change(): Promise<void> {
    next = undefined
    if (!started) return
    for (let failures = 1; !signal.aborted; failures++) {
      away ??= 'the log is being joined again'
      try {
        await leaveAndJoin()
        away = undefined
        return
      } catch (error) {
        away = error instanceof Error ? error.message : String(error)
        onTrouble(error)
        await pause(environment, backOffMs(failures, environment.random()), signal)
      }
    }
  }

  return {
    start() {
      const starting = begin()
      // it may fold before it has started: who asks meanwhile comes behind the start, and is not forgotten
      changing = starting.catch(() => undefined)
      return starting
    },
    again() {
      // one that has not begun yet serves all who ask (I7)
      next ??= changing.then(change)
      changing = next
      return next
    },
    async check() {
      if (away !== undefined) throw new Error(`nothing is sequenced here: ${away}`)
    },
    async close() {
      closing.abort()
      await changing
      await subscription?.close()
    },
  }
}
