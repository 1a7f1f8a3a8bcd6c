import assert from 'node:assert/strict'
import { type Command, type LogRecord, RULES_VERSION } from '../../stream/command.js'
import type { CommandLog } from '../command-log.js'

let ids = 0

/** A message of Ada, unlike any other. */
export const command = (channelId: string, text = ''): Command => ({
  kind: 'message.send',
  channelId,
  userId: 'ada',
  clientMsgId: `client-${++ids}`,
  text,
  rules: RULES_VERSION,
  messageId: `message-${ids}`,
  acceptedAt: 1_000,
  role: 'member',
  membershipVersion: 1,
  origin: { processId: 'p', replyTo: 'r' },
  requestId: 'q',
})

export const commands = (channelId: string, count: number): readonly Command[] =>
  Array.from({ length: count }, () => command(channelId))

export async function appendAll(log: CommandLog, all: readonly Command[]): Promise<void> {
  for (const outcome of await log.append(all)) assert.equal(outcome.status, 'appended')
}

export const idsOf = (records: readonly { command: Command }[]) =>
  records.map((record) => record.command.clientMsgId)
export const clientIds = (all: readonly Command[]) => all.map((one) => one.clientMsgId)

/** R1: inside an assignment offsets follow each other, beginning at the committed one. */
export function assertFollows(records: readonly LogRecord[], committed: number): void {
  assert.deepEqual(
    records.map((record) => record.position.offset),
    records.map((_, i) => committed + i),
  )
}
