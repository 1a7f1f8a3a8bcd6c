import { StoreTables } from '../../packages/server/src/adapters/memory/store-tables.js'
import {
  type Command,
  type CommandId,
  type CommandPayload,
  type LogRecord,
  RULES_VERSION,
} from '../../packages/server/src/stream/command.js'
import { bucketOf, type EventRow } from '../../packages/server/src/stream/event.js'
import type { Position } from '../../packages/server/src/stream/position.js'
import { FIRST_EPOCH } from '../../packages/server/src/stream/state.js'

/** A world so small that all of it can be walked. */
export interface Small {
  readonly name: string
  readonly channelId: string
  readonly log: readonly LogRecord[]
  /** Everything that the commands could name or make. */
  readonly seqs: readonly number[]
  readonly epochs: readonly number[]
  readonly ids: readonly CommandId[]
  readonly offsets: readonly Position[]
  readonly reactions: readonly { readonly emoji: string; readonly userId: string }[]
  /** The tables before the first command: rows of an older generation. */
  seed(): StoreTables
}

const CHANNEL = 'c'
/** The head before the first command: two numbers below the end of a bucket. */
export const SEED_HEAD = 998
const GENERATION = 2

const at = (offset: number): Position => ({ generation: GENERATION, partition: 0, offset })

/** What the worlds are made of, by one letter each. */
const PAYLOADS = {
  /** A message of Ada. */
  s: { kind: 'message.send', text: 'hello' },
  /** Another message, of Bob. */
  t: { kind: 'message.send', text: 'hi' },
  /** Ada edits the message that was there before. */
  e: edit('edited', target(SEED_HEAD)),
  /** Ada edits it again. */
  f: edit('edited again', target(SEED_HEAD)),
  /** Bob may not edit it. */
  x: edit('taken over', target(SEED_HEAD)),
  /** Ada deletes it. */
  d: { kind: 'message.delete', target: target(SEED_HEAD) },
  /** Bob reacts to it. */
  r: { kind: 'reaction.add', target: target(SEED_HEAD), emoji: '👍' },
  /** Bob takes the reaction back. */
  u: { kind: 'reaction.remove', target: target(SEED_HEAD), emoji: '👍' },
  /** Ada edits the first message of this log, whether it is there yet or not. */
  g: edit('edited first', { epoch: 1, seq: SEED_HEAD + 1, messageId: 'message-s' }),
  /** Numbering starts anew below the row that was there before. */
  n: { kind: 'epoch.raise', epoch: 2, fromSeq: SEED_HEAD - 1 },
} as const satisfies Record<string, CommandPayload>

export type Letter = keyof typeof PAYLOADS

const USERS: Partial<Record<Letter, string>> = { t: 'bob', x: 'bob', r: 'bob', u: 'bob', n: '~' }

function target(seq: number) {
  return { epoch: 1, seq, messageId: `seed-${seq}` }
}

function edit(text: string, named: ReturnType<typeof target>) {
  return { kind: 'message.edit', target: named, text } as const
}

function command(letter: Letter): Command {
  const payload: CommandPayload = PAYLOADS[letter]
  const acceptedAt = 5
  return {
    ...payload,
    channelId: CHANNEL,
    userId: USERS[letter] ?? 'ada',
    clientMsgId: idMadeAt(acceptedAt, letter),
    rules: RULES_VERSION,
    messageId: `message-${letter}`,
    acceptedAt,
    role: 'member',
    membershipVersion: 1,
    origin: { processId: 'p', replyTo: letter },
    requestId: letter,
  } as Command
}

/** As clients make their ids, so that all are of one window. */
function idMadeAt(timestampMs: number, letter: Letter): string {
  const digits = timestampMs.toString(16).padStart(12, '0')
  const end = letter.charCodeAt(0).toString(16).padStart(12, '0')
  return `${digits.slice(0, 8)}-${digits.slice(8)}-7000-8000-${end}`
}

/** The world of a log that is written as one letter per command; a letter that comes again is a repeat. */
export function smallWorld(letters: string): Small {
  const log = [...letters].map((letter, offset) => ({
    position: at(offset),
    command: command(letter as Letter),
  }))
  const ids = log.map(({ command: { channelId, userId, clientMsgId } }) => ({
    channelId,
    userId,
    clientMsgId,
  }))
  const seqs = Array.from({ length: log.length + 2 }, (_, i) => SEED_HEAD - 1 + i)
  return {
    name: letters,
    channelId: CHANNEL,
    log,
    seqs,
    epochs: letters.includes('n') ? [1, 2] : [1],
    ids,
    offsets: log.map((record) => record.position),
    reactions: [{ emoji: '👍', userId: 'bob' }],
    seed,
  }
}

/** The last two rows of an older generation; what lies below is never asked for. */
function seed(): StoreTables {
  const tables = new StoreTables()
  const rows = [SEED_HEAD - 1, SEED_HEAD].map(seedRow)
  const last = rows.at(-1)
  if (last === undefined) throw new Error('the seed has rows')
  const { bucket, position } = last
  tables.apply({ step: 'rows', channelId: CHANNEL, epoch: 1, bucket, rows, effects: [] })
  const state = { epoch: 1, epochs: [FIRST_EPOCH], headSeq: SEED_HEAD, messageCount: SEED_HEAD }
  tables.apply({ step: 'state', channelId: CHANNEL, state: { ...state, oldestSeq: 1, position } })
  return tables
}

function seedRow(channelSeq: number): EventRow {
  const event = {
    type: 'message.new',
    channel_id: CHANNEL,
    channel_seq: channelSeq,
    message_count: channelSeq,
    user_id: 'ada',
    client_msg_id: `seed-client-${channelSeq}`,
    ts: 1,
    message_id: `seed-${channelSeq}`,
    text: 'was there before',
  } as const
  return {
    channelId: CHANNEL,
    epoch: 1,
    bucket: bucketOf(channelSeq),
    channelSeq,
    position: { generation: GENERATION - 1, partition: 0, offset: channelSeq },
    messageCount: channelSeq,
    event,
    json: JSON.stringify(event),
  }
}
