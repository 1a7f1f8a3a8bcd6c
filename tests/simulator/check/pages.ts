import type { ChannelEvent, ClientFrames, ServerFrames } from '@tidings/protocol'
import { contentAt, contentOfWire, difference } from './content.js'
import { type Event, identityOf, type Stored, type StoredChannel } from './stored.js'
import type { Violations } from './violation.js'

type Request = ClientFrames['backfill.request']
type Page = ServerFrames['message.backfill']

const EVENTS_MAX = 100

/** Holds one page against its request and against what is stored (I6, R9, R14; P-57 to P-63). */
export function checkPage(
  request: Request,
  page: Page,
  stored: Stored,
  violations: Violations,
  visibleFrom: number,
): void {
  const { channel_id, epoch = 1, from_seq, to_seq, as_of_seq, head_seq, oldest_seq } = page
  const channel = stored.channel(channel_id)
  const bad = (rule: string, detail = ''): void =>
    violations.add('I6', rule, `${channel_id} ${from_seq}…${to_seq} as of ${as_of_seq} ${detail}`)

  if (head_seq < as_of_seq) bad('a page states a head below what it was read at')
  if (as_of_seq < (request.min_as_of_seq ?? 0) && epoch === (request.epoch ?? 1)) {
    const isAbove = (request.min_as_of_seq ?? 0) > channel.head
    if (!isAbove) bad('a page is older than was asked for')
  }
  if (page.messages.length > Math.min(request.limit, EVENTS_MAX))
    bad('a page holds too many events')
  if (oldest_seq < visibleFrom) bad('a page states an oldest number that is not this user’s')
  checkRange(request, page, bad)
  checkEvents(page, request.only === 'messages', channel, bad)
  for (const event of page.messages) {
    if (event.type === 'message.new') checkContent(event, page, channel, violations)
    if (event.type === 'message.edited') checkEdit(event, page, channel, violations)
  }
}

/** P-57, P-60, P-61: what is covered, and whether more follows. */
function checkRange(
  request: Request,
  page: Page,
  bad: (rule: string, detail?: string) => void,
): void {
  const { epoch = 1, from_seq, to_seq, as_of_seq, oldest_seq, has_more } = page
  const after = request.after_seq ?? 0
  if (after > as_of_seq) return
  const { direction } = request
  // what an older epoch named above its end does not count: then only the server knows where the range begins
  const isKnown = (request.epoch ?? 1) === epoch || after === 0
  const first = isKnown ? Math.max(after + 1, oldest_seq) : from_seq
  const last = Math.min((request.before_seq ?? Number.POSITIVE_INFINITY) - 1, as_of_seq)
  if (first > last) {
    const isEmpty = from_seq === first && to_seq === first - 1 && page.messages.length === 0
    if (!isEmpty || has_more) bad('an empty range is not answered by an empty page')
    return
  }
  if (direction === 'forward' && from_seq !== first)
    bad('a page does not begin where it was asked', `first ${first}`)
  if (direction === 'backward' && to_seq !== last)
    bad('a page does not end where it was asked', `last ${last}`)
  if (to_seq < from_seq) bad('a page covers nothing of a range that is not empty')
  if (from_seq < first || to_seq > last)
    bad('a page covers more than was asked for', `${first}…${last}`)
  const goesOn = direction === 'forward' ? to_seq < last : from_seq > first
  if (has_more !== goesOn && (isKnown || direction === 'forward'))
    bad('a page is wrong about whether more follows', `${first}…${last} ${has_more}`)
}

/** P-57 to P-59: exactly the events of what is covered. */
function checkEvents(
  page: Page,
  onlyMessages: boolean,
  channel: StoredChannel,
  bad: (rule: string, detail?: string) => void,
): void {
  const { epoch = 1, from_seq, to_seq } = page
  const events = new Map<number, ChannelEvent>()
  let last = 0
  for (const event of page.messages) {
    if (event.channel_seq <= last) bad('the events of a page are not ascending')
    last = event.channel_seq
    events.set(event.channel_seq, event)
  }
  for (let seq = from_seq; seq <= to_seq; seq++) {
    const row = channel.at(seq, epoch)
    const event = events.get(seq)
    events.delete(seq)
    if (row === undefined) {
      bad('a page covers a number that is not stored', `number ${seq}`)
      continue
    }
    const isWanted = !onlyMessages || row.event.type === 'message.new'
    if (event === undefined) {
      if (isWanted) bad('a page leaves an event out', `number ${seq}`)
      continue
    }
    if (!isWanted) bad('a page of messages holds something else', `number ${seq}`)
    if (event.type !== 'event.hidden' && identityOf(event as Event) !== identityOf(row.event)) {
      bad(
        'a page holds another event than is stored',
        `${identityOf(event as Event)}, stored is ${identityOf(row.event)}`,
      )
    }
  }
  if (events.size > 0) bad('a page holds events outside of what it covers')
}

/** R9, P-52, P-53, P-63: as of the read, and nothing that was deleted by then. */
function checkContent(
  message: Extract<ChannelEvent, { type: 'message.new' }>,
  page: Page,
  channel: StoredChannel,
  violations: Violations,
): void {
  const { epoch = 1, as_of_seq } = page
  const row = channel.at(message.channel_seq, epoch)
  if (row === undefined) return
  const rev = message.rev ?? message.channel_seq
  const must = contentAt(channel, row, Math.max(rev, as_of_seq), epoch)
  const oldest = contentAt(channel, row, as_of_seq, epoch)
  const where = `${page.channel_id} number ${message.channel_seq} rev ${rev} as of ${as_of_seq}`
  if (rev < oldest.rev) {
    violations.add('I6', 'a page shows a message as it was before the page was read', where)
    return
  }
  const upToRev = contentAt(channel, row, rev, epoch)
  const differs = difference(contentOfWire(message), upToRev)
  if (differs !== undefined) {
    const rule = must.isDeleted
      ? 'a page shows a deleted message wrongly'
      : 'a page shows a message wrongly'
    violations.add('I5', rule, `${where}: ${differs}`)
  }
}

/** P-53: the text of an edit goes with the message that it edited. */
function checkEdit(
  edit: Extract<ChannelEvent, { type: 'message.edited' }>,
  page: Page,
  channel: StoredChannel,
  violations: Violations,
): void {
  if (edit.text === undefined) return
  const { epoch = 1, as_of_seq } = page
  const target = channel.at(edit.target_seq, epoch)
  if (target === undefined || !contentAt(channel, target, as_of_seq, epoch).isDeleted) return
  violations.add(
    'I5',
    'a page shows the text of an edit of a deleted message',
    `${page.channel_id} number ${edit.channel_seq}`,
  )
}
