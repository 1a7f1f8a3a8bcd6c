import {
  type Channel,
  createClient,
  type Gap,
  type Message,
  type MessageRef,
  type Reset,
  type StreamEvent,
  type SyncState,
  TidingsError,
} from '@tidings/sdk'
import type { FeatureName } from '../plan/steps.js'
import { featuresOf, Watching, type WorldClient } from './beside.js'
import type { Browser } from './browser.js'
import { ChannelList, type ListTold } from './channel-list.js'
import type { Page } from './page.js'

/** What one client told its application of one channel, in order. */
export type Told =
  | { readonly kind: 'event'; readonly event: StreamEvent }
  | { readonly kind: 'gap'; readonly gap: Gap }
  | { readonly kind: 'reset'; readonly reset: Reset }
  | { readonly kind: 'sync'; readonly sync: SyncState }
  /** From here on somebody listens: what was said before nobody heard. */
  | { readonly kind: 'listening' }

export interface ToldChannel {
  readonly items: Told[]
  /** Numbers that the `message` listener was called with. */
  readonly messages: number[]
  /** How often the timeline said that it had changed. */
  timelineCalls: number
  /** The last number that was told, by an event or a gap; undefined before the first. */
  position: number | undefined
  /** Ends what listens. */
  readonly ends: (() => void)[]
  isOpen: boolean
}

/** One command that an application gave, and how it ended. */
export interface Asked {
  readonly kind: 'send' | 'edit' | 'delete' | 'react' | 'unreact'
  readonly channelId: string
  readonly text: string
  clientMsgId: string | undefined
  settled: number
  result:
    | {
        readonly epoch: number
        readonly seq: number | undefined
        readonly messageId: string | undefined
      }
    | undefined
  error: TidingsError | undefined
  /** Somebody gave it up, or tried it again. */
  touched: boolean
}

export interface LifeOptions {
  readonly name: string
  readonly userId: string
  readonly page: Page
  readonly browser: Browser
  readonly getToken: () => string
  readonly catchUp: 'recent' | 'all'
  readonly maxRows: number
  readonly knowsUser: boolean
  readonly features: readonly FeatureName[]
  readonly keepsList: boolean
  readonly onListTold: (what: ListTold) => void
  readonly onNote: (text: string) => void
  /** A mark of another member that was shown is lower than it was. */
  readonly onLowered: (channelId: string, of: string) => void
}

const KNOWN_MAX = 40
const LIST_AGAIN_MS = 2_000

/** A message that an application could name; some it knows the count at. */
export type KnownMessage = MessageRef & {
  readonly userId: string
  readonly messageCount?: number | undefined
}

/** One client from its making to its end, and everything that its application was told. */
export class Life {
  readonly client: WorldClient
  readonly watching: Watching
  /** Undefined where its application shows none. */
  readonly list: ChannelList | undefined
  readonly page: Page
  readonly browser: Browser
  readonly name: string
  readonly userId: string
  readonly told = new Map<string, ToldChannel>()
  readonly asked: Asked[] = []
  /** Messages that it could name, the newest last. */
  readonly known = new Map<string, KnownMessage[]>()
  /** Pages of history that were read, for the checks. */
  readonly pages: { readonly channelId: string; readonly items: readonly Message[] }[] = []
  end: 'alive' | 'killed' | 'closed' = 'alive'
  closing: Promise<void> | undefined
  isClosed = false

  constructor(private readonly options: LifeOptions) {
    const { page, browser, userId } = options
    this.page = page
    this.browser = browser
    this.name = options.name
    this.userId = userId
    this.client = createClient({
      url: 'wss://chat.example/v1/ws',
      environment: page,
      storage: async (key) => browser.openStorage(page, key),
      getToken: () => options.getToken(),
      catchUp: options.catchUp,
      outbox: { maxRows: options.maxRows },
      ...(options.knowsUser && { userId }),
      features: featuresOf(options.features),
    })
    this.watching = new Watching(this.client, options.onLowered)
    this.list = options.keepsList ? this.#keepList() : undefined
    this.client.on('status', ({ current, reason }) =>
      options.onNote(`${this.name} is ${current}${reason ? ` (${reason.code})` : ''}`),
    )
  }

  #keepList(): ChannelList {
    const { page, onListTold, onNote } = this.options
    return new ChannelList(this.client, {
      later: (again) => {
        if (this.end === 'alive') page.task(LIST_AGAIN_MS, again)
      },
      onTold: (what, channelId) => {
        onListTold(what)
        if (what !== 'changed') onNote(`${this.name} ${channelId} is ${what}`)
      },
    })
  }

  channel(channelId: string): Channel {
    return this.client.channel(channelId)
  }

  /** Listens to everything that a channel says. */
  open(channelId: string): void {
    const told = this.toldOf(channelId)
    if (told.isOpen) return
    told.isOpen = true
    told.items.push({ kind: 'listening' })
    // what was said meanwhile was said to nobody
    told.position = undefined
    const channel = this.channel(channelId)
    told.ends.push(
      channel.on('event', (event) => {
        told.items.push({ kind: 'event', event })
        told.position = event.channelSeq
        if (event.kind === 'message') this.know(channelId, event)
      }),
      channel.on('message', (message) => void told.messages.push(message.channelSeq)),
      channel.on('gap', (gap) => {
        told.items.push({ kind: 'gap', gap })
        told.position = gap.toSeq
      }),
      channel.on('reset', (reset) => {
        told.items.push({ kind: 'reset', reset })
        if (told.position !== undefined) told.position = Math.min(told.position, reset.fromSeq)
      }),
      channel.on('sync', (sync) => {
        told.items.push({ kind: 'sync', sync })
        this.options.onNote(`${this.name} ${channelId} is ${sync.state}`)
      }),
      channel.timeline.subscribe(() => {
        told.timelineCalls += 1
      }),
    )
  }

  closeChannel(channelId: string): void {
    const told = this.told.get(channelId)
    if (told === undefined || !told.isOpen) return
    told.isOpen = false
    for (const end of told.ends.splice(0)) end()
  }

  toldOf(channelId: string): ToldChannel {
    let told = this.told.get(channelId)
    if (told === undefined) {
      told = {
        items: [],
        messages: [],
        timelineCalls: 0,
        position: undefined,
        ends: [],
        isOpen: false,
      }
      this.told.set(channelId, told)
    }
    return told
  }

  know(channelId: string, message: KnownMessage): void {
    const { epoch, channelSeq, messageId, userId, messageCount } = message
    const known = this.known.get(channelId) ?? []
    this.known.set(channelId, known)
    known.push({ epoch, channelSeq, messageId, userId, messageCount })
    if (known.length > KNOWN_MAX) known.shift()
  }

  /** Notes a command, and how it ends. */
  ask(
    kind: Asked['kind'],
    channelId: string,
    text: string,
    promise: Promise<{ epoch: number; channelSeq: number | undefined; messageId?: string }>,
    clientMsgId?: string,
  ): Asked {
    const asked: Asked = {
      kind,
      channelId,
      text,
      clientMsgId,
      settled: 0,
      result: undefined,
      error: undefined,
      touched: false,
    }
    this.asked.push(asked)
    promise.then(
      ({ epoch, channelSeq, messageId }) => {
        asked.settled += 1
        asked.result = { epoch, seq: channelSeq, messageId }
        if (kind === 'send' && channelSeq !== undefined && messageId !== undefined) {
          this.know(channelId, { epoch, channelSeq, messageId, userId: this.userId })
        }
      },
      (error: unknown) => {
        asked.settled += 1
        asked.error = TidingsError.from(error)
        this.options.onNote(
          `${this.name} ${kind} ${text}: ${asked.error.code}, ${asked.error.outcome}`,
        )
      },
    )
    return asked
  }

  /** The page ends without a word. */
  kill(): void {
    if (this.end === 'alive') this.end = 'killed'
    this.page.kill()
  }

  /** The application closes its client. */
  close(): Promise<void> {
    this.end = 'closed'
    this.closing ??= this.client.close().then(() => {
      this.isClosed = true
      this.page.isClosed = true
    })
    return this.closing
  }
}
