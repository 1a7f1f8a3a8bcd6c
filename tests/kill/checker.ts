import type { Acked, Line, Row, Shown } from './history.js'

export interface Violation {
  readonly what: 'lost' | 'duplicate' | 'order' | 'content' | 'rejected' | 'missing'
  readonly detail: string
}

/**
 * Compares every ack that a client saw, the store's rows, and what each client showed. It knows nothing of how
 * any of them came about.
 */
export function check(rows: readonly Row[], lines: readonly Line[]): readonly Violation[] {
  const violations: Violation[] = []
  const add = (what: Violation['what'], detail: string): void => {
    violations.push({ what, detail })
  }
  const byPlace = new Map<string, Row>()
  const byCommand = new Map<string, Row>()
  checkRows(rows, byPlace, byCommand, add)
  const texts = new Map(
    lines.flatMap((line) => (line.kind === 'sent' ? [[line.clientMsgId, line.text] as const] : [])),
  )
  for (const line of lines) {
    if (line.kind === 'acked') checkAck(line, byPlace, texts, add)
    if (line.kind === 'rejected')
      add('rejected', `${line.client} ${line.clientMsgId}: ${line.reason}`)
  }
  for (const [who, shown] of grouped(lines)) checkShown(who, shown, rows, byPlace, add)
  return violations
}

type Add = (what: Violation['what'], detail: string) => void
const place = (channel: string, seq: number): string => `${channel} ${seq}`

/** I2 and I3 in the store: 1, 2, 3 … without a hole, and one row for each command. */
function checkRows(
  rows: readonly Row[],
  byPlace: Map<string, Row>,
  byCommand: Map<string, Row>,
  add: Add,
): void {
  const heads = new Map<string, number>()
  const ordered = [...rows].sort((a, b) => a.seq - b.seq)
  for (const row of ordered) {
    const before = heads.get(row.channel) ?? 0
    if (row.seq === before) add('duplicate', `the store holds ${place(row.channel, row.seq)} twice`)
    else if (row.seq !== before + 1)
      add('lost', `the store lacks ${place(row.channel, before + 1)}`)
    heads.set(row.channel, row.seq)
    byPlace.set(place(row.channel, row.seq), row)
    const command = `${row.channel} ${row.userId} ${row.clientMsgId}`
    const first = byCommand.get(command)
    if (first === undefined) byCommand.set(command, row)
    else add('duplicate', `${command} stands at ${first.seq} and at ${row.seq}`)
  }
}

/** I1: what was acknowledged is there, where the ack said, with the text that was sent. */
function checkAck(
  ack: Acked,
  byPlace: Map<string, Row>,
  texts: Map<string, string>,
  add: Add,
): void {
  const row = byPlace.get(place(ack.channel, ack.seq))
  if (row === undefined) {
    add(
      'lost',
      `${ack.client} was acknowledged ${place(ack.channel, ack.seq)}, which is not stored`,
    )
  } else if (
    row.clientMsgId !== ack.clientMsgId ||
    row.messageId !== ack.messageId ||
    row.userId !== ack.client.split('/')[0]
  ) {
    add(
      'order',
      `${ack.client} was acknowledged ${place(ack.channel, ack.seq)}, where another message is`,
    )
  } else if (row.text !== texts.get(ack.clientMsgId)) {
    add('content', `${place(ack.channel, ack.seq)} holds another text than was sent`)
  }
}

type Shows = { readonly shown: readonly Shown[]; readonly skipped: ReadonlySet<number> }

function grouped(lines: readonly Line[]): ReadonlyMap<string, Shows> {
  const groups = new Map<string, { shown: Shown[]; skipped: Set<number> }>()
  const groupOf = (client: string, channel: string) => {
    const key = `${client} in ${channel}`
    let group = groups.get(key)
    if (group === undefined) {
      group = { shown: [], skipped: new Set() }
      groups.set(key, group)
    }
    return group
  }
  for (const line of lines) {
    if (line.kind === 'shown') groupOf(line.client, line.channel).shown.push(line)
    if (line.kind === 'gap') {
      const { skipped } = groupOf(line.client, line.channel)
      for (let seq = line.from; seq <= line.to; seq++) skipped.add(seq)
    }
  }
  return groups
}

/** I9: each once, in order, without a hole that was not said, and the same as is stored. */
function checkShown(
  who: string,
  { shown, skipped }: Shows,
  rows: readonly Row[],
  byPlace: Map<string, Row>,
  add: Add,
): void {
  const channel = shown[0]?.channel
  if (channel === undefined) return
  const seen = new Set<number>()
  let last = 0
  for (const one of shown) {
    if (seen.has(one.seq)) add('duplicate', `${who}: ${one.seq} was shown twice`)
    else if (one.seq < last) add('order', `${who}: ${one.seq} was shown after ${last}`)
    seen.add(one.seq)
    last = Math.max(last, one.seq)
    const row = byPlace.get(place(channel, one.seq))
    if (
      row === undefined ||
      row.clientMsgId !== one.clientMsgId ||
      row.messageId !== one.messageId
    ) {
      add('order', `${who}: ${one.seq} is another message than is stored`)
    } else if (row.text !== one.text) {
      add('content', `${who}: ${one.seq} has another text than is stored`)
    }
  }
  const first = shown[0]?.seq ?? 0
  for (const row of rows) {
    if (row.channel !== channel || row.other || row.seq < first) continue
    if (!seen.has(row.seq) && !skipped.has(row.seq))
      add('missing', `${who}: ${row.seq} was never shown`)
  }
}
