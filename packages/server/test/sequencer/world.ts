import type { ChannelEvent } from '@tidings/protocol'
import {
  type ControlledCommandLog,
  createControlledCommandLog,
} from '../../src/adapters/memory/controlled-log.js'
import {
  createMemoryMessageStore,
  type MemoryMessageStoreOptions,
} from '../../src/adapters/memory/message-store.js'
import { StoreTables } from '../../src/adapters/memory/store-tables.js'
import type { LogReader } from '../../src/ports/command-log.js'
import type { MessageStore } from '../../src/ports/message-store.js'
import type { Answer } from '../../src/ports/push.js'
import type { SequencerAlarm, UnknownCommand } from '../../src/sequencer/alarm.js'
import type { Announcement } from '../../src/sequencer/announce.js'
import type { SequencerOptions } from '../../src/sequencer/options.js'
import { createSequencer } from '../../src/sequencer/run.js'
import {
  type Command,
  type CommandPayload,
  type CommandResult,
  RULES_VERSION,
  type Target,
} from '../../src/stream/command.js'
import {
  createVirtualEnvironment,
  type VirtualEnvironment,
} from '../support/virtual-environment.js'

let commandIds = 0

/** A command of `ada` in `general`, with whatever else is given. */
export function command(
  payload: CommandPayload,
  fields: Partial<Omit<Command, 'kind'>> = {},
): Command {
  const id = String(++commandIds)
  return {
    channelId: 'general',
    userId: 'ada',
    clientMsgId: `client-${id}`,
    rules: RULES_VERSION,
    messageId: `message-${id}`,
    acceptedAt: 1_000,
    role: 'member',
    membershipVersion: 1,
    origin: { processId: 'p1', replyTo: `wait-${id}` },
    requestId: id,
    ...payload,
    ...fields,
  } as Command
}

export const send = (text: string, fields: Partial<Omit<Command, 'kind'>> = {}): Command =>
  command({ kind: 'message.send', text }, fields)

/** What another command names, once that was answered. */
export function targetOf(result: CommandResult | undefined): Target {
  if (result?.status !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(result)}`)
  return { epoch: result.epoch, seq: result.channelSeq, messageId: result.messageId }
}

export interface World {
  readonly environment: VirtualEnvironment
  readonly tables: StoreTables
  readonly store: MessageStore
  readonly controls: ControlledCommandLog
  readonly reader: LogReader
  readonly announcements: Announcement[]
  readonly alarms: SequencerAlarm[]
  /** Partitions that went on after an alarm, or were given away. */
  readonly released: readonly number[]
  readonly unknown: UnknownCommand[]
  readonly troubles: unknown[]
  /** Appends all at once, lets everything settle, and gives the answers that came, in order of the commands. */
  submit(...commands: Command[]): Promise<(Answer | undefined)[]>
  /** The last answer to a command. */
  answerTo(command: Command): Answer | undefined
  /** Everything that readers are served, oldest first. */
  served(channelId?: string): Promise<readonly ChannelEvent[]>
  makeReader(options?: Partial<SequencerOptions>): LogReader
}

export interface WorldOptions extends Partial<SequencerOptions> {
  readonly stores?: MemoryMessageStoreOptions
  readonly tables?: StoreTables
  readonly generation?: number
  /** Wraps the store. */
  readonly wrap?: (store: MessageStore) => MessageStore
  /** @default true */
  readonly reading?: boolean
}

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const environment = createVirtualEnvironment()
  const tables = options.tables ?? new StoreTables()
  const plain = createMemoryMessageStore({ tables, ...options.stores })
  const store = options.wrap?.(plain) ?? plain
  const { generation = 1 } = options
  const controls = createControlledCommandLog({ environment, generation })
  const announcements: Announcement[] = []
  const alarms: SequencerAlarm[] = []
  const released: number[] = []
  const unknown: UnknownCommand[] = []
  const troubles: unknown[] = []
  const makeReader = (more: Partial<SequencerOptions> = {}) =>
    createSequencer({
      store,
      environment,
      announcer: { announce: (announcement) => announcements.push(announcement) },
      onAlarm: (_, alarm) => alarms.push(alarm),
      onReleased: (partition) => released.push(partition),
      onUnknown: (_, error) => unknown.push(error),
      onTrouble: (_, error) => troubles.push(error),
      ...options,
      ...more,
    })
  const reader = makeReader()
  if (options.reading !== false) await controls.log.read(reader)
  const answerTo = ({ origin }: Command) =>
    announcements
      .flatMap((announcement) => announcement.answers)
      .findLast((answer) => answer.origin.replyTo === origin?.replyTo)
  return {
    environment,
    tables,
    store,
    controls,
    reader,
    announcements,
    alarms,
    released,
    unknown,
    troubles,
    answerTo,
    makeReader,
    async submit(...commands) {
      await controls.log.append(commands)
      await environment.settle()
      return commands.map(answerTo)
    },
    async served(channelId = 'general') {
      const events: ChannelEvent[] = []
      for (;;) {
        const query = {
          channelId,
          afterSeq: events.length,
          direction: 'forward' as const,
          limit: 500,
        }
        const [page] = await plain.pages([query])
        events.push(...(page?.events ?? []))
        if (!page?.hasMore) return events
      }
    },
  }
}

/** One more sequencer folds what the log holds, beside whoever owns it, and ends. */
export async function foldBy({ controls, environment, makeReader }: World): Promise<void> {
  const overlapping = controls.overlap(0, makeReader())
  await environment.settle()
  await overlapping.close()
}
