import type { ChannelEvent, ChannelEvents } from '@tidings/protocol'
import { hiddenForm } from '../stream/visibility.js'
import { foldContent } from './content.js'

/** One event as it is served now: its JSON, and what must be known without parsing it. */
export interface TailItem {
  readonly seq: number
  readonly epoch: number
  readonly isMessage: boolean
  /** The message whose content this event changes; 0: none. */
  readonly affects: number
  json: string
  /** The form for who may not see the target; made when first needed. */
  hidden: string | undefined
}

/** What is asked of a tail: numbers inclusive, the range not empty. */
export interface TailRange {
  readonly first: number
  readonly last: number
  readonly direction: 'forward' | 'backward'
  readonly onlyMessages: boolean
  readonly limit: number
}

export interface Stretch {
  readonly items: readonly TailItem[]
  readonly fromSeq: number
  readonly toSeq: number
}

/** The number of the message whose content an event changes, 0 where it changes none. */
export function affectedBy(event: ChannelEvent): number {
  if ('target_seq' in event) return event.target_seq
  return event.type === 'message.new' ? (event.reply_to?.seq ?? 0) : 0
}

/**
 * The newest events of a channel with the content of today (R9): what is edited or deleted later is changed
 * here too. Bounded in number and size (I7); that it has no hole is checked when it is read.
 */
export class Tail {
  private items: TailItem[] = []
  chars = 0
  /** Changes with every change of what could be served. */
  version = 0

  constructor(
    private maxEvents: number,
    private maxChars: number,
  ) {}

  /** The first number that it has; Infinity when it is empty. */
  get firstSeq(): number {
    return this.items[0]?.seq ?? Number.POSITIVE_INFINITY
  }

  /** Adds the next event, `json` being what every receiver gets, and lets it change what is here. */
  append(event: ChannelEvent, json: string): void {
    this.version++
    this.apply(event)
    this.push(itemOf(event, json))
    this.cut()
  }

  /** Adds events that lie directly below, as the store served them, and folds in what has come since. */
  fill(events: readonly ChannelEvent[]): void {
    this.version++
    const later = this.items
    const below = events.filter((event) => event.channel_seq < this.firstSeq)
    this.items = []
    this.chars = 0
    for (const event of below) this.push(servedItem(event))
    for (const item of later) {
      if (item.affects !== 0) this.apply(JSON.parse(item.json) as ChannelEvent)
      this.push(item)
    }
    this.cut()
  }

  /** From here on it holds so much. */
  bound(maxEvents: number, maxChars: number): void {
    this.maxEvents = maxEvents
    this.maxChars = maxChars
    this.cut()
  }

  clear(): void {
    this.version++
    this.items = []
    this.chars = 0
  }

  /** The part that covers the range from its asked end, up to the limit; undefined when it is not all here. */
  read(range: TailRange): Stretch | undefined {
    return range.direction === 'forward' ? this.forward(range) : this.backward(range)
  }

  /** The number of messages up to and including this event, if it is here. */
  messageCountAt(seq: number): number | undefined {
    const item = this.at(seq)
    return item && (JSON.parse(item.json) as ChannelEvent).message_count
  }

  private forward({ first, last, onlyMessages, limit }: TailRange): Stretch | undefined {
    const found: TailItem[] = []
    for (let seq = first; seq <= last; seq++) {
      const item = this.at(seq)
      if (item === undefined) return undefined
      if (onlyMessages && !item.isMessage) continue
      found.push(item)
      if (found.length === limit) return { items: found, fromSeq: first, toSeq: seq }
    }
    return { items: found, fromSeq: first, toSeq: last }
  }

  private backward({ first, last, onlyMessages, limit }: TailRange): Stretch | undefined {
    const found: TailItem[] = []
    for (let seq = last; seq >= first; seq--) {
      const item = this.at(seq)
      if (item === undefined) return undefined
      if (onlyMessages && !item.isMessage) continue
      found.push(item)
      if (found.length === limit) return { items: found.reverse(), fromSeq: seq, toSeq: last }
    }
    return { items: found.reverse(), fromSeq: first, toSeq: last }
  }

  /** R14: finding an item under its own number is the check that nothing is missing before it. */
  private at(seq: number): TailItem | undefined {
    const item = this.items[seq - this.firstSeq]
    return item?.seq === seq ? item : undefined
  }

  private apply(event: ChannelEvent): void {
    const affected = affectedBy(event)
    if (affected === 0) return
    const target = this.at(affected)
    if (target?.isMessage) this.change(target, event)
    if (event.type === 'message.deleted') this.redactEdits(affected)
  }

  private change(target: TailItem, event: ChannelEvent): void {
    const message = JSON.parse(target.json) as ChannelEvents['message.new']
    const folded = foldContent(message, event)
    if (folded === message) return
    if (folded === undefined) {
      // only the store can tell: forget this message and what lies before it
      while (this.firstSeq <= target.seq) this.shift()
      return
    }
    this.rewrite(target, folded)
  }

  private redactEdits(targetSeq: number): void {
    for (const item of this.items) {
      if (item.affects !== targetSeq || item.isMessage) continue
      const event = JSON.parse(item.json) as ChannelEvent
      if (event.type !== 'message.edited' || event.text === undefined) continue
      const { text: _, ...bare } = event
      this.rewrite(item, bare)
    }
  }

  private rewrite(item: TailItem, event: ChannelEvent): void {
    this.chars -= item.json.length
    item.json = JSON.stringify(event)
    this.chars += item.json.length
  }

  private push(item: TailItem): void {
    this.items.push(item)
    this.chars += item.json.length
  }

  private cut(): void {
    while (this.items.length > this.maxEvents || this.chars > this.maxChars) this.shift()
  }

  private shift(): void {
    const item = this.items.shift()
    if (item !== undefined) this.chars -= item.json.length
  }
}

const itemOf = (event: ChannelEvent, json: string): TailItem => ({
  seq: event.channel_seq,
  epoch: event.epoch ?? 1,
  isMessage: event.type === 'message.new',
  affects: affectedBy(event),
  json,
  hidden: undefined,
})

/** An event as the store served it; like live ones it names no epoch that is 1. */
export function servedItem(event: ChannelEvent): TailItem {
  if (event.epoch !== 1) return itemOf(event, JSON.stringify(event))
  const { epoch: _, ...bare } = event
  return itemOf(bare, JSON.stringify(bare))
}

/** The JSON of an item for a reader whose history begins at `oldestSeq` (I8). */
export function visibleJson(item: TailItem, oldestSeq: number): string {
  if (item.isMessage || item.affects === 0 || item.affects >= oldestSeq) return item.json
  item.hidden ??= JSON.stringify(hiddenForm(JSON.parse(item.json) as ChannelEvent))
  return item.hidden
}
