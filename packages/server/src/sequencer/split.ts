import type { CommandKind, LogRecord } from '../stream/command.js'
import { RULES_VERSION } from '../stream/command.js'

/** An object, so that a kind that is forgotten here does not compile: the sequencer would stop at it. */
const KINDS: Readonly<Record<CommandKind, true>> = {
  'message.send': true,
  'message.edit': true,
  'message.delete': true,
  'reaction.add': true,
  'reaction.remove': true,
  'member.join': true,
  'member.leave': true,
  'channel.update': true,
  'epoch.raise': true,
  'retention.raise': true,
}

/** Why this version cannot fold a record (R11); undefined when it can. */
export function unknownReason({ command }: LogRecord): string | undefined {
  if (command.rules !== RULES_VERSION) {
    return `it follows rules version ${command.rules}, this process version ${RULES_VERSION}`
  }
  return Object.hasOwn(KINDS, command.kind)
    ? undefined
    : `its kind is ${JSON.stringify(command.kind)}`
}

/** Records that are folded together, or one that must not be. */
export type Part =
  | { readonly part: 'commands' | 'raises'; readonly records: readonly LogRecord[] }
  | { readonly part: 'unknown'; readonly record: LogRecord; readonly reason: string }

const isRaise = (record: LogRecord): boolean => record.command.kind === 'epoch.raise'

/**
 * Splits what the log handed out: raises of epochs are never folded together with other commands, because what
 * was read before a raise may be void after it (R10); nothing is folded behind a record that is unknown.
 */
export function split(records: readonly LogRecord[]): readonly Part[] {
  const parts: Part[] = []
  let start = 0
  for (let i = 0; i < records.length; i++) {
    const record = records[i]
    if (record === undefined) break
    const reason = unknownReason(record)
    if (reason !== undefined) {
      pushRange(parts, records, start, i)
      parts.push({ part: 'unknown', record, reason })
      return parts
    }
    const first = records[start]
    if (first !== undefined && isRaise(first) !== isRaise(record)) {
      pushRange(parts, records, start, i)
      start = i
    }
  }
  pushRange(parts, records, start, records.length)
  return parts
}

function pushRange(parts: Part[], records: readonly LogRecord[], from: number, to: number): void {
  const range = from === 0 && to === records.length ? records : records.slice(from, to)
  const [first] = range
  if (first !== undefined)
    parts.push({ part: isRaise(first) ? 'raises' : 'commands', records: range })
}
