import type { ServerFrames } from '@tidings/protocol'
import { given } from '../arguments.js'
import type { Connection, ConnectionEvents } from '../connection/port.js'
import type { Environment } from '../environment/port.js'
import { abortedError, closedError, TidingsError } from '../errors.js'
import type { OpenOutboxStorage, OutboxRow } from '../storage/port.js'
import type { Ask } from '../tabs/bulletin.js'
import { createSharedRows, type SharedRows } from '../tabs/shared-rows.js'
import { createBook } from './book.js'
import { checkCommand, checkRoom } from './check.js'
import { outcomeOf } from './entry.js'
import { envelopePaceOf, paceOf } from './pace.js'
import type { Outbox, OutboxOptions } from './port.js'
import { createPump } from './pump.js'
import {
  claimed,
  connected,
  disconnected,
  ended,
  refused,
  retried,
  type Step,
  stored,
  submitted,
} from './reducer.js'
import { keepsItsId } from './retry.js'
import { newRow } from './row.js'
import { sendDue } from './sender.js'
import { failed, LOST, type Settlement, settlementOfAck, settlementOfEvent } from './settlement.js'
import { uuidv7 } from './uuid.js'
import { orRejected } from './waiters.js'

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
  const { url, pipeline = 1 } = options
  let userId: string | undefined
  let rows: SharedRows | undefined
  /** The connection is of the user whose rows these are. */
  let isOurs = false
  let limits: ServerFrames['hello_ack']['limits'] | undefined
  /** What was asked while it was not known whose the rows are. */
  const whenClaimed: (() => void)[] = []
  let created = 0
  let closing: Promise<void> | undefined

  const book = createBook(environment, () => rows)
  const { emitter, waiters, drains } = book

  /** Commands made here that another tab took while this page slept, and their channels (P-81). */
  const away = new Map<string, string>()
  /** By row of another tab: what it is to be made of should that tab be dead and the row come here. */
  const wishes = new Map<string, Ask>()

  const pump = createPump(environment, () => {
    const canSend = rows?.isOpen && isOurs
    const needsDisk = (): boolean => rows?.needsDisk ?? true
    const wakeAt = canSend
      ? sendDue(connection, environment, book, {
          pipeline,
          needsDisk,
          away: new Set(away.values()),
        })
      : Number.POSITIVE_INFINITY
    rows?.flush()
    return wakeAt
  })

  const take = (step: Step): void => {
    book.apply(step)
    pump.run()
  }
  const end = (id: string, settlement: Settlement): void =>
    take(ended(book.state, id, settlement, environment.now()))

  /** From here on it is known whose rows these are, and not before is anything read. */
  const know = (id: string): void => {
    userId = id
    rows = createSharedRows(
      environment,
      openStorage,
      { url, userId },
      {
        claimed: claim,
        stored: (changed) => take(stored(book.state, changed)),
        durability(durability) {
          emitter.emit('durability', durability)
          pump.run()
        },
        other(row, known) {
          wishes.delete(row.id)
          if (row.state !== 'pending' && away.delete(row.id)) pump.run()
          if (known || row.state !== 'settled' || waiters.has(row.id)) book.tell(row)
        },
        asked,
      },
    )
  }

  const claim = (
    owner: string,
    found: readonly OutboxRow[],
    onDisk: ReadonlySet<string> | undefined,
    elsewhere: ReadonlySet<string>,
  ): void => {
    const adopted = found.filter(({ id }) => book.entry(id)?.row.owner !== owner)
    const mine = new Set(adopted.map(({ id }) => id))
    // While this page slept another took them; what it makes of them is told like any other's row.
    const lost = book.state.entries.filter(
      (entry) => onDisk && entry.stored && entry.row.owner !== owner && !mine.has(entry.row.id),
    )
    const gone = new Set(lost.map(({ row }) => row.id))
    // Nothing goes out before what was given up meanwhile is out of the way.
    pump.during(() => {
      take(claimed(book.state, owner, adopted, gone))
      for (const row of adopted) {
        away.delete(row.id)
        book.tell(row)
      }
      for (const { row } of lost) {
        if (elsewhere.has(row.id)) away.set(row.id, row.channelId)
        // Of what is on disk, who waits for it hears next; where nobody does it may be over.
        if (!onDisk?.has(row.id) || !waiters.has(row.id)) {
          book.tell({ ...row, state: 'settled', result: undefined })
        }
      }
      for (const then of whenClaimed.splice(0)) then()
      wishAgain()
      for (const id of waiters.ids()) {
        const isKnown = book.entry(id) || onDisk?.has(id) || rows?.others.has(id)
        if (!isKnown && ![...wishes.values()].some(({ newId }) => newId === id)) {
          waiters.settle(id, LOST)
        }
      }
      book.checkDrained()
    })
  }

  /** While this page slept, and until it has looked, another may have taken what it had. */
  const mayBeAnothers = (row: OutboxRow): boolean => row.owner !== '' && !rows?.isOpen

  /** A wish of the user, made here or in another tab, for a command of ours. */
  const asked = (ask: Ask): void => {
    const { id, newId } = ask
    const entry = book.entry(id)
    if (!entry) {
      if (rows?.others.has(id)) wishes.set(id, ask)
      return
    }
    const { row, bytes } = entry
    if (mayBeAnothers(row)) whenClaimed.push(() => asked(ask))
    else if (ask.ask === 'discard') discard(id)
    else if (row.state !== 'parked') return
    else if (newId === id) take(retried(book.state, id))
    else {
      const moved = failed('aborted', 'It goes on under another id.', 'unknown')
      book.apply(ended(book.state, id, moved, environment.now()))
      take(submitted(book.state, rowOf(newId, row.frame), bytes))
    }
  }

  /** Makes a wish come true wherever its row is. */
  const wish = (ask: Ask): void => {
    if (!book.entry(ask.id)) rows?.ask(ask)
    asked(ask)
  }

  /** What was adopted is here now; who opened since has not heard what one waits for. */
  const wishAgain = (): void => {
    for (const ask of wishes.values()) {
      if (!rows?.others.has(ask.id)) wishes.delete(ask.id)
      if (waiters.has(ask.newId)) wish(ask)
      else asked(ask)
    }
  }

  const giveUp = (id: string, message: string): void => {
    const entry = book.entry(id)
    if (entry && !mayBeAnothers(entry.row)) {
      end(id, failed('aborted', message, outcomeOf(entry)))
      return
    }
    if (entry) whenClaimed.push(() => giveUp(id, message))
    else wish({ ask: 'discard', id, newId: id })
    waiters.settle(id, failed('aborted', message, 'unknown'))
  }
  const discard = (id: string): void => giveUp(id, 'It was discarded.')

  const rowOf = (id: string, frame: OutboxRow['frame']): OutboxRow => {
    // Creation goes on from the newest row even when somebody set the clock back (P-81).
    const newest = book.state.entries.at(-1)?.row.createdAt ?? 0
    const createdAt = Math.max(environment.now(), newest)
    return newRow({ id, owner: rows?.owner ?? '', createdAt, n: created++, frame })
  }

  const observe: Outbox['observe'] = (event) => {
    if (event.type === 'event.hidden' || event.user_id !== userId || !rows?.isOpen) return
    const { client_msg_id: id, channel_id } = event
    const settlement = settlementOfEvent(event)
    if (settlement && book.entry(id)?.row.channelId === channel_id) end(id, settlement)
  }

  const hear: ConnectionEvents['frame'] = (frame, session) => {
    if (!isOurs || !rows) return
    if (!rows.isOpen) {
      const isMine = 'client_msg_id' in frame && book.entry(frame.client_msg_id ?? '')
      if (isMine) whenClaimed.push(() => hear(frame, session))
    } else if (frame.type === 'message.ack') end(frame.client_msg_id, settlementOfAck(frame))
    else if (frame.type === 'error') {
      const { client_msg_id: id = '' } = frame
      const [now, chance] = [environment.monotonicNow(), environment.random()]
      const toldAt = waiters.has(id) ? environment.now() : undefined
      take(refused(book.state, id, frame, now, chance, toldAt))
    } else if ('channel_seq' in frame && 'client_msg_id' in frame) observe(frame)
  }

  const offs = [
    connection.on('connected', (ack) => {
      isOurs = userId === undefined || userId === ack.user_id
      if (!isOurs) return
      limits = ack.limits
      if (!rows) know(ack.user_id)
      const pace = paceOf(limits.send_rate_per_s, limits.send_burst)
      take(connected(book.state, pace, envelopePaceOf(limits)))
    }),
    connection.on('disconnected', (_, closeCode) => take(disconnected(book.state, closeCode))),
    connection.on('frame', hear),
  ]
  if (options.userId !== undefined) know(options.userId)

  return {
    get durability() {
      return rows?.durability ?? 'memory'
    },
    on: (event, listener) => emitter.on(event, listener),
    list: book.list,
    pending: (channelId) => book.list().filter((item) => item.channelId === channelId),
    submit(command, submitOptions) {
      const clientMsgId = uuidv7(environment)
      return orRejected(clientMsgId, () => {
        const { signal } = given(submitOptions)
        if (closing) throw closedError()
        if (signal?.aborted) throw abortedError()
        const { frame, bytes } = checkCommand(command, clientMsgId, limits)
        checkRoom(book.state.entries, bytes, options)
        const abort = (): void => giveUp(clientMsgId, 'It was aborted.')
        const settled = waiters.add(clientMsgId, signal, abort)
        take(submitted(book.state, rowOf(clientMsgId, frame), bytes))
        return { clientMsgId, settled }
      })
    },
    retry(id, retryOptions) {
      return orRejected(id, () => {
        const { allowDuplicate = false } = given(retryOptions)
        if (closing) throw closedError()
        const row = book.entry(id)?.row ?? rows?.others.get(id)
        const keepsId = keepsItsId(row, connection.serverNow(), allowDuplicate)
        const newId = keepsId ? id : uuidv7(environment)
        const settled = waiters.add(newId)
        wish({ ask: 'retry', id, newId })
        return { clientMsgId: newId, settled }
      })
    },
    discard,
    observe,
    async drain(drainOptions) {
      const drained = drains.wait(given(drainOptions))
      if (closing) drains.end(closedError())
      book.checkDrained()
      return drained
    },
    close(code = 'closed') {
      if (closing) return closing
      for (const off of offs) off()
      pump.stop()
      closing = rows?.close() ?? Promise.resolve()
      const message = 'The client is closed. What is stored goes on with the next one.'
      for (const id of waiters.ids()) {
        const entry = book.entry(id)
        const outcome = entry && !rows?.outlives ? outcomeOf(entry) : 'unknown'
        waiters.settle(id, failed(code, message, outcome))
      }
      drains.end(new TidingsError(code, message))
      return closing
    },
  }
}
