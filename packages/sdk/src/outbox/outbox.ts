import type { ChannelEvent, ServerFrames } from '@tidings/protocol'
import type { OutboxItem, UnsentCommand } from '../channel/outbox-view.js'
import type { Connection, ConnectionEvents } from '../connection/port.js'
import { Emitter } from '../emitter.js'
import type { Environment } from '../environment/port.js'
import { TidingsError } from '../errors.js'
import type { OpenOutboxStorage, OutboxRow } from '../storage/port.js'
import type { Ask } from '../tabs/bulletin.js'
import { SharedRows } from '../tabs/shared-rows.js'
import { checkCommand, checkRoom } from './check.js'
import { type DrainOptions, Drains } from './drains.js'
import { byCreation, type Entry, outcomeOf } from './entry.js'
import { itemOf } from './item.js'
import { paceOf } from './pace.js'
import { ANSWER_TIMEOUT_MS, planSends, type SendPlan } from './plan.js'
import type { Outbox, OutboxEvents, OutboxOptions, Sending } from './port.js'
import { Pump } from './pump.js'
import {
  claimed,
  connected,
  disconnected,
  EMPTY,
  ended,
  refused,
  retried,
  type Step,
  stamped,
  stored,
  submitted,
  written,
} from './reducer.js'
import { keepsItsId } from './retry.js'
import { frameOf, newRow } from './row.js'
import {
  failed,
  type Settlement,
  settlementIn,
  settlementOfAck,
  settlementOfEvent,
} from './settlement.js'
import { uuidv7 } from './uuid.js'
import { Waiters } from './waiters.js'

/** The connection took nothing just now, though it is there. */
const WRITE_AGAIN_MS = 100

/**
 * The outbox of one client: the reducer decides, this carries it out. What is accepted is stored
 * before it is sent, sent in order, and settles exactly once (I3, I9, P-81 to P-84).
 */
export function createOutbox(
  connection: Connection,
  environment: Environment,
  openStorage: OpenOutboxStorage,
  options: OutboxOptions,
): Outbox {
  return new ClientOutbox(connection, environment, openStorage, options)
}

class ClientOutbox implements Outbox {
  readonly #connection: Connection
  readonly #environment: Environment
  readonly #openStorage: OpenOutboxStorage
  readonly #options: OutboxOptions
  readonly #emitter = new Emitter<OutboxEvents>()
  readonly #waiters = new Waiters()
  readonly #drains = new Drains()
  readonly #pump: Pump
  readonly #offs: (() => void)[]
  #state = EMPTY
  #list: readonly OutboxItem[] | undefined
  #userId: string | undefined
  #rows: SharedRows | undefined
  /** The connection is of the user whose rows these are. */
  #isOurs = false
  #limits: ServerFrames['hello_ack']['limits'] | undefined
  /** What was asked while it was not known whose the rows are. */
  readonly #whenClaimed: (() => void)[] = []
  #created = 0
  #closing: Promise<void> | undefined

  constructor(
    connection: Connection,
    environment: Environment,
    openStorage: OpenOutboxStorage,
    options: OutboxOptions,
  ) {
    this.#connection = connection
    this.#environment = environment
    this.#openStorage = openStorage
    this.#options = options
    this.#pump = new Pump(environment, () => {
      const wakeAt = this.#sendDue()
      this.#rows?.flush()
      return wakeAt
    })
    this.#offs = [
      connection.on('connected', (ack) => this.#connected(ack)),
      connection.on('disconnected', (_, closeCode) =>
        this.#do(disconnected(this.#state, closeCode)),
      ),
      connection.on('frame', (frame) => this.#take(frame)),
    ]
    if (options.userId !== undefined) this.#know(options.userId)
  }

  get durability(): 'disk' | 'memory' {
    return this.#rows?.durability ?? 'memory'
  }

  on<E extends keyof OutboxEvents>(event: E, listener: OutboxEvents[E]): () => void {
    return this.#emitter.on(event, listener)
  }

  list(): readonly OutboxItem[] {
    if (this.#list === undefined) {
      const mine = this.#state.entries.map(({ row }) => row)
      const others = this.#rows?.others.values() ?? []
      this.#list = [...mine, ...others].sort(byCreation).map(itemOf)
    }
    return this.#list
  }

  pending(channelId: string): readonly OutboxItem[] {
    return this.list().filter((item) => item.channelId === channelId)
  }

  submit(command: UnsentCommand, { signal }: { signal?: AbortSignal | undefined } = {}): Sending {
    const clientMsgId = this.#newId()
    try {
      if (this.#closing !== undefined) throw new TidingsError('closed', 'The client is closed.')
      if (signal?.aborted) throw new TidingsError('aborted', 'It was aborted before it began.')
      const { frame, bytes } = checkCommand(command, clientMsgId, this.#limits)
      checkRoom(this.#state.entries, bytes, this.#options)
      const abort = (): void => this.#giveUp(clientMsgId, 'The caller aborted it.')
      const settled = this.#waiters.add(clientMsgId, signal, abort)
      this.#do(submitted(this.#state, this.#newRow(clientMsgId, frame), bytes))
      return { clientMsgId, settled }
    } catch (error) {
      return neverIn(clientMsgId, error)
    }
  }

  retry(id: string, { allowDuplicate = false }: { allowDuplicate?: boolean } = {}): Sending {
    const mine = this.#entry(id)?.row
    const row = mine ?? this.#rows?.others.get(id)
    try {
      const keepsId = keepsItsId(row, this.#connection.serverNow(), allowDuplicate)
      const ask: Ask = { ask: 'retry', id, newId: keepsId ? id : this.#newId() }
      const settled = this.#waiters.add(ask.newId)
      if (mine === undefined) this.#rows?.ask(ask)
      else this.#asked(ask)
      return { clientMsgId: ask.newId, settled }
    } catch (error) {
      return neverIn(id, error)
    }
  }

  discard(id: string): void {
    this.#giveUp(id, 'It was discarded.')
  }

  observe(event: ChannelEvent): void {
    if (event.type === 'event.hidden' || event.user_id !== this.#userId) return
    if (!this.#rows?.isOpen) return
    const end = settlementOfEvent(event)
    const entry = this.#entry(event.client_msg_id)
    if (end !== undefined && entry?.row.channelId === event.channel_id) {
      this.#end(event.client_msg_id, end)
    }
  }

  drain(options: DrainOptions = {}): Promise<void> {
    const drained = this.#drains.wait(this.#environment, options)
    if (this.#closing !== undefined)
      this.#drains.reject(new TidingsError('closed', 'The client is closed.'))
    this.#checkDrained()
    return drained
  }

  close(code: 'closed' | 'user_changed' = 'closed'): Promise<void> {
    if (this.#closing !== undefined) return this.#closing
    for (const off of this.#offs) off()
    this.#pump.stop()
    this.#closing = this.#rows?.close() ?? Promise.resolve()
    const message = 'The client is closed. What is stored goes on with the next one.'
    for (const id of this.#waiters.ids()) {
      const entry = this.#entry(id)
      const outcome = entry === undefined ? 'unknown' : outcomeOf(entry)
      this.#waiters.settle(id, failed(code, message, outcome))
    }
    this.#drains.reject(new TidingsError(code, message))
    return this.#closing
  }

  #connected(ack: ServerFrames['hello_ack']): void {
    this.#isOurs = this.#userId === undefined || this.#userId === ack.user_id
    if (!this.#isOurs) return
    this.#limits = ack.limits
    if (this.#rows === undefined) this.#know(ack.user_id)
    this.#do(connected(this.#state, paceOf(ack.limits)))
  }

  /** From here on it is known whose rows these are, and not before is anything read. */
  #know(userId: string): void {
    this.#userId = userId
    const key = { url: this.#options.url, userId }
    this.#rows = new SharedRows(this.#environment, this.#openStorage, key, {
      claimed: (owner, adopted, onDisk) => this.#claimed(owner, adopted, onDisk),
      stored: (rows) => this.#do(stored(this.#state, rows)),
      durability: (durability) => {
        this.#emitter.emit('durability', durability)
        this.#pump.run()
      },
      other: (row, known) => {
        if (known || row.state !== 'settled' || this.#waiters.has(row.id)) this.#tell(row)
      },
      asked: (ask) => this.#asked(ask),
    })
  }

  #claimed(
    owner: string,
    found: readonly OutboxRow[],
    onDisk: ReadonlySet<string> | undefined,
  ): void {
    const adopted = found.filter(({ id }) => this.#entry(id)?.row.owner !== owner)
    const mine = new Set(adopted.map(({ id }) => id))
    // While this page slept another took them; what it makes of them is told like any other's row.
    const lost = this.#state.entries.filter(
      (entry) => onDisk && entry.stored && entry.row.owner !== owner && !mine.has(entry.row.id),
    )
    const gone = new Set(lost.map(({ row }) => row.id))
    // Nothing goes out before what was given up meanwhile is out of the way.
    this.#pump.during(() => {
      this.#do(claimed(this.#state, owner, adopted, gone))
      for (const row of adopted) this.#tell(row)
      for (const { row } of lost) {
        if (!onDisk?.has(row.id)) this.#tell({ ...row, state: 'settled', result: undefined })
      }
      for (const then of this.#whenClaimed.splice(0)) then()
      this.#checkDrained()
    })
  }

  #take(frame: Parameters<ConnectionEvents['frame']>[0]): void {
    if (!this.#isOurs || !this.#rows?.isOpen) return
    if (frame.type === 'message.ack') {
      this.#end(frame.client_msg_id, settlementOfAck(frame))
    } else if (frame.type === 'error') {
      const { client_msg_id: id } = frame
      const chance = this.#environment.random()
      const now = this.#environment.monotonicNow()
      if (id !== undefined) this.#do(refused(this.#state, id, frame, now, chance))
    } else if ('channel_seq' in frame && 'client_msg_id' in frame) this.observe(frame)
  }

  /** A wish of the user, made here or in another tab, for a command of ours. */
  #asked({ ask, id, newId }: Ask): void {
    const entry = this.#entry(id)
    if (entry === undefined) return
    const { row } = entry
    if (this.#mayBeAnothers(row)) this.#whenClaimed.push(() => this.#asked({ ask, id, newId }))
    else if (ask === 'discard') this.discard(id)
    else if (row.state === 'parked') {
      if (newId === id) this.#do(retried(this.#state, id))
      else {
        const end = failed('aborted', 'It goes on under another id.', 'unknown')
        this.#apply(ended(this.#state, id, end, this.#environment.now()))
        const { frame } = row
        this.#do(submitted(this.#state, this.#newRow(newId, frame), entry.bytes))
      }
    }
  }

  #giveUp(id: string, message: string): void {
    const entry = this.#entry(id)
    if (entry !== undefined && this.#mayBeAnothers(entry.row)) {
      this.#waiters.settle(id, failed('aborted', message, 'unknown'))
      this.#whenClaimed.push(() => this.#giveUp(id, message))
    } else if (entry !== undefined) {
      this.#end(id, failed('aborted', message, outcomeOf(entry)))
    } else {
      this.#rows?.ask({ ask: 'discard', id, newId: id })
      this.#waiters.settle(id, failed('aborted', message, 'unknown'))
    }
  }

  /** While this page slept, and until it has looked, another may have taken what it had. */
  #mayBeAnothers(row: OutboxRow): boolean {
    return row.owner !== '' && !this.#rows?.isOpen
  }

  #end(id: string, end: Settlement): void {
    this.#do(ended(this.#state, id, end, this.#environment.now()))
  }

  #do(step: Step): void {
    this.#apply(step)
    this.#pump.run()
  }

  /** `shows`: false for what is nothing to show, the time of a first try. */
  #apply({ state, changed }: Step, shows = true): void {
    this.#state = state
    for (const entry of changed) this.#rows?.save(entry, shows)
    if (shows) for (const { row } of changed) this.#tell(row)
  }

  /** A row is other than before: whoever waits for it or shows it gets to know. */
  #tell(row: OutboxRow): void {
    this.#list = undefined
    if (row.state !== 'pending') {
      const end = settlementIn(row)
      this.#waiters.settle(row.id, end)
      if (row.state === 'settled' && end.ok) this.#emitter.emit('settled', row.id, end.result)
    }
    this.#emitter.emit('change', row.channelId)
    this.#checkDrained()
  }

  #checkDrained(): void {
    const isIdle = this.#state.entries.every(({ row }) => row.state === 'parked')
    if (isIdle && this.#rows?.isOpen !== false) this.#drains.resolve()
  }

  /** Sends what is due; returns the monotonic time of the next round. */
  #sendDue(): number {
    const never = Number.POSITIVE_INFINITY
    const serverNow = this.#connection.serverNow()
    if (!this.#rows?.isOpen || !this.#isOurs || !this.#connection.canSend) return never
    if (serverNow === undefined) return never
    let plan = this.#plan(serverNow)
    if (plan.stamp.length > 0) {
      const ids = new Set(plan.stamp.map(({ row }) => row.id))
      this.#apply(stamped(this.#state, ids, Math.floor(serverNow)), false)
      plan = this.#plan(serverNow)
    }
    const now = this.#environment.monotonicNow()
    let { wakeAt } = plan
    for (const { row } of plan.write) {
      if (!this.#connection.send(frameOf(row))) return now + WRITE_AGAIN_MS
      this.#apply(written(this.#state, row.id, now))
      wakeAt = Math.min(wakeAt, now + ANSWER_TIMEOUT_MS)
    }
    return wakeAt
  }

  #plan(serverNow: number): SendPlan {
    return planSends(this.#state, {
      now: this.#environment.monotonicNow(),
      serverNow,
      pipeline: this.#options.pipeline ?? 1,
      needsDisk: this.#rows?.needsDisk ?? true,
    })
  }

  #newRow(id: string, frame: OutboxRow['frame']): OutboxRow {
    // Creation goes on from the newest row even when somebody set the clock back (P-81).
    const newest = this.#state.entries.at(-1)?.row.createdAt ?? 0
    const createdAt = Math.max(this.#environment.now(), newest)
    return newRow({ id, owner: this.#rows?.owner ?? '', createdAt, n: this.#created++, frame })
  }

  #newId(): string {
    return uuidv7(this.#environment)
  }

  #entry(id: string): Entry | undefined {
    return this.#state.entries.find(({ row }) => row.id === id)
  }
}

/** What never came into the outbox. */
function neverIn(clientMsgId: string, error: unknown): Sending {
  const settled = Promise.reject(TidingsError.from(error))
  settled.catch(() => {})
  return { clientMsgId, settled }
}
