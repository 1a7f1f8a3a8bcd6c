import type { Inbox } from '../fan-out/inbox.js'
import type { AppendOutcome, CommandLog } from '../ports/command-log.js'
import type { OutboxEntry } from '../ports/directory.js'
import type { ServerEnvironment } from '../ports/environment.js'
import { type Command, type CommandResult, RULES_VERSION } from '../stream/command.js'
import type { Traces } from '../trace/traces.js'
import { commandIdOf } from './command-id.js'

export interface BringingOptions {
  readonly environment: ServerEnvironment
  readonly log: Pick<CommandLog, 'append'>
  readonly inbox: Pick<Inbox, 'expect'>
  readonly processId: string
  readonly traces?: Traces | undefined
  readonly answerTimeoutMs?: number
  readonly onError?: (error: unknown) => void
}

/** Longest wait for the answer to a command that is in the log, in milliseconds. */
const MAX_ANSWER_TIMEOUT_MS = 30_000
/** Channels whose unanswered attempts are counted (I7). */
const UNANSWERED_MAX = 10_000

/** Appends entries as commands and waits for their answers. */
export class Bringing {
  readonly #giveUps = new Set<() => void>()
  /** How often in a row a channel's command was appended without an answer. */
  readonly #unanswered = new Map<string, number>()

  constructor(private readonly options: BringingOptions) {}

  /** Appends the entry and waits for its answer; undefined when there is none in time. */
  async bring(entry: OutboxEntry): Promise<CommandResult | undefined> {
    const { channelId, entryId } = entry
    const attempts = this.#unanswered.get(channelId) ?? 0
    const { answerTimeoutMs: timeoutMs = 5_000 } = this.options
    const patienceMs = Math.min(timeoutMs * 2 ** attempts, MAX_ANSWER_TIMEOUT_MS)
    let result: CommandResult | undefined
    const waited = this.#wait(Math.max(timeoutMs, patienceMs), (end) =>
      this.options.inbox.expect(`relay:${entryId}`, (answer) => {
        result = answer.result
        end()
      }),
    )
    const outcome = await this.#append(entry)
    await waited
    if (result !== undefined) this.#unanswered.delete(channelId)
    else if (outcome === 'appended') {
      if (attempts === 0 && this.#unanswered.size >= UNANSWERED_MAX) this.#unanswered.clear()
      this.#unanswered.set(channelId, attempts + 1)
    }
    return result
  }

  /** Whether the channel's last command is in the log, as far as is known, and has no answer. */
  isUnanswered(channelId: string): boolean {
    return this.#unanswered.has(channelId)
  }

  /** Ends early when the work does. */
  pause(delayMs: number): Promise<void> {
    return this.#wait(delayMs, () => () => undefined)
  }

  /** Whoever waits goes on at once, without an answer. */
  giveUp(): void {
    for (const giveUp of [...this.#giveUps]) giveUp()
  }

  /** What is brought from here on is brought for the first time. */
  forget(): void {
    this.#unanswered.clear()
  }

  #wait(delayMs: number, begin: (end: () => void) => () => void): Promise<void> {
    const { environment } = this.options
    return new Promise((resolve) => {
      const end = (): void => {
        stop()
        environment.clearTimer(timer)
        this.#giveUps.delete(end)
        resolve()
      }
      const stop = begin(end)
      const timer = environment.setTimer(end, delayMs)
      this.#giveUps.add(end)
    })
  }

  async #append(entry: OutboxEntry): Promise<AppendOutcome['status']> {
    try {
      const [outcome] = await this.options.log.append([this.#commandOf(entry)])
      return outcome?.status ?? 'unknown'
    } catch (error) {
      this.options.onError?.(error)
      return 'unknown'
    }
  }

  #commandOf(entry: OutboxEntry): Command {
    const { processId, traces } = this.options
    return {
      role: 'owner',
      // a join says in `role` what the new member is
      ...entry.payload,
      channelId: entry.channelId,
      userId: entry.userId,
      clientMsgId: commandIdOf(entry),
      rules: RULES_VERSION,
      messageId: commandIdOf(entry),
      acceptedAt: entry.createdAt,
      membershipVersion: 0,
      origin: { processId, replyTo: `relay:${entry.entryId}` },
      requestId: `relay:${entry.entryId}`,
      ...(traces !== undefined && { trace: traces.begin() }),
    }
  }
}
