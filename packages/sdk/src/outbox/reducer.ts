import { type ServerFrames, utf8Bytes } from '@tidings/protocol'
import { CLOSE_MALFORMED, CLOSE_TOO_BIG } from '../connection/close-codes.js'
import { errorRow } from '../error-table.js'
import type { OutboxRow } from '../storage/port.js'
import { byCreation, type Entry, newEntry, OWED, outcomeOf } from './entry.js'
import { type Pace, paceAfter, UNPACED } from './pace.js'
import { failed, type Settlement } from './settlement.js'

/** What the outbox of one client holds. Each function below is one thing that happens to it. Pure. */
export interface OutboxState {
  /** In order of sending; settled ones are gone. */
  readonly entries: readonly Entry[]
  readonly pace: Pace
  /** By channel: when the budget of `pace` is whole again. */
  readonly wholeAt: ReadonlyMap<string, number>
  /** Of this connection: what it takes of commands of all channels, and when that is whole again. */
  readonly envelopes: Pace
  readonly envelopesWholeAt: number
  /** The command that was written last on this connection. */
  readonly lastWritten: string | undefined
}

export const EMPTY: OutboxState = {
  entries: [],
  pace: UNPACED,
  wholeAt: new Map(),
  envelopes: UNPACED,
  envelopesWholeAt: OWED,
  lastWritten: undefined,
}

export interface Step {
  readonly state: OutboxState
  /** Whose rows are other than before; settled ones are here for the last time. */
  readonly changed: readonly Entry[]
}

/** So many retryable errors, and a command is parked. */
const ERRORS_MAX = 8
/** So many connections that ended right behind a command, and it is parked. */
const BLAMED_MAX = 2
const BACK_OFF_BASE_MS = 1_000
const BACK_OFF_LAST = 5
/** A server that asks for more has made a mistake; timers overflow at 24 days. */
const RETRY_AFTER_MAX_MS = 60 * 60 * 1000
/** Beyond this, channels whose budget is whole again are forgotten (I7). */
const PACED_CHANNELS_MAX = 256

const withRow = (entry: Entry, change: Partial<OutboxRow>): Entry => ({
  ...entry,
  row: { ...entry.row, ...change },
})

const settle = (entry: Entry, end: Settlement, at: number): Entry =>
  withRow(entry, { state: 'settled', result: end, settledAt: at })

/** It leaves the wire; what waits behind it goes on. */
const park = (entry: Entry, end: Settlement): Entry => ({
  ...withRow(entry, { state: 'parked', result: end }),
  wireAt: undefined,
  suspect: false,
})

function each(state: OutboxState, change: (entry: Entry) => Entry): Step {
  const changed: Entry[] = []
  const entries: Entry[] = []
  for (const before of state.entries) {
    const entry = change(before)
    if (entry.row !== before.row) changed.push(entry)
    if (entry.row.state !== 'settled') entries.push(entry)
  }
  return { state: { ...state, entries }, changed }
}

const one = (state: OutboxState, id: string, change: (entry: Entry) => Entry): Step =>
  each(state, (entry) => (entry.row.id === id ? change(entry) : entry))

export function submitted(state: OutboxState, row: OutboxRow, bytes: number): Step {
  const entry = newEntry(row, bytes, false)
  return { state: { ...state, entries: [...state.entries, entry] }, changed: [entry] }
}

/**
 * The rows are drained under the name `owner` from now on: `adopted` come from instances that ended,
 * `gone` were taken by another while this page slept. Adopted rows keep their order and go before
 * what is created here later; what was created here before they were known goes behind them, even
 * if somebody has set the clock back meanwhile.
 */
export function claimed(
  state: OutboxState,
  owner: string,
  adopted: readonly OutboxRow[],
  gone: ReadonlySet<string>,
): Step {
  const ids = new Set(adopted.map((row) => row.id))
  const newest = Math.max(...adopted.map((row) => row.createdAt))
  const kept = state.entries.filter(({ row }) => !ids.has(row.id) && !gone.has(row.id))
  const step = each({ ...state, entries: kept }, (entry) => {
    const { owner: before, createdAt } = entry.row
    if (before === owner) return entry
    return withRow(entry, {
      owner,
      createdAt: entry.written ? createdAt : Math.max(createdAt, newest + 1),
    })
  })
  const others = adopted.map((row) => newEntry(row, utf8Bytes(JSON.stringify(row.frame)), true))
  const entries = [...step.state.entries, ...others].sort((a, b) => byCreation(a.row, b.row))
  return { ...step, state: { ...state, entries } }
}

/** The first try comes now; its time stays the same over all tries (P-82). */
export const stamped = (state: OutboxState, ids: ReadonlySet<string>, firstTryTs: number): Step =>
  each(state, (entry) => (ids.has(entry.row.id) ? withRow(entry, { firstTryTs }) : entry))

/** These rows are on disk, in this form. */
export function stored(state: OutboxState, rows: readonly OutboxRow[]): Step {
  const byId = new Map(rows.map((row) => [row.id, row]))
  return each(state, (entry) => ({ ...entry, stored: byId.get(entry.row.id) ?? entry.stored }))
}

export function written(state: OutboxState, id: string, now: number): Step {
  let { wholeAt } = state
  const step = one(state, id, (entry) => {
    const again = entry.wireAt !== undefined
    if (!again) wholeAt = spend(state, entry.row.channelId, now)
    // Written again without an answer: from here on nobody knows what the first one did.
    return { ...entry, wireAt: now, written: true, doubt: entry.doubt || again }
  })
  const envelopesWholeAt = paceAfter(state.envelopes, state.envelopesWholeAt, now)
  return { ...step, state: { ...step.state, wholeAt, envelopesWholeAt, lastWritten: id } }
}

/** A repeat costs nothing in its channel, so only the first write of a try is counted there. */
function spend({ pace, wholeAt }: OutboxState, channelId: string, now: number) {
  if (pace.intervalMs === 0) return wholeAt
  const next = new Map(wholeAt)
  if (next.size >= PACED_CHANNELS_MAX) {
    for (const [channel, at] of next) if (at <= now) next.delete(channel)
  }
  return next.set(channelId, paceAfter(pace, next.get(channelId) ?? OWED, now))
}

/** What was on the wire goes again at once (P-83). */
export const connected = (state: OutboxState, pace: Pace, envelopes: Pace): Step =>
  each({ ...state, pace, envelopes, envelopesWholeAt: OWED, lastWritten: undefined }, (entry) =>
    entry.wireAt === undefined ? entry : { ...entry, wireAt: OWED },
  )

/** A frame that the server cannot take ends the connection each time: it must not do so for ever. */
export function disconnected(state: OutboxState, closeCode: number | undefined): Step {
  const isTooBig = closeCode === CLOSE_TOO_BIG
  return each(state, (entry) => {
    if (!isTooBig && closeCode !== CLOSE_MALFORMED) return entry
    if (entry.wireAt === undefined || entry.wireAt === OWED) return entry
    const blamed = entry.blamed + (entry.row.id === state.lastWritten ? 1 : 0)
    if (blamed < BLAMED_MAX) return { ...entry, blamed, suspect: true }
    const code = isTooBig ? 'payload_too_large' : 'invalid_frame'
    return park(entry, failed(code, `It ended ${blamed} connections.`, outcomeOf(entry)))
  })
}

/**
 * An `error` answered it. `now` is monotonic, `chance` in [0, 1); `toldAt` is the wall clock's time
 * if its caller hears of it: a change that certainly came to nothing is over then.
 */
export const refused = (
  state: OutboxState,
  id: string,
  error: ServerFrames['error'],
  now: number,
  chance: number,
  toldAt: number | undefined,
): Step =>
  one(state, id, (entry) => {
    if (entry.row.state !== 'pending') return entry
    const { code, message } = error
    const stated = error.outcome ?? errorRow(code).outcome
    // A refusal of a repeat says nothing of the try before it, which may have been accepted.
    const doubt = entry.doubt || stated === 'unknown'
    // Delays say nothing against the command: they are not counted.
    const isDelay = code === 'rate_limited' || code === 'unavailable'
    const errors = entry.errors + (isDelay ? 0 : 1)
    if (!error.retryable || errors >= ERRORS_MAX) {
      const end = failed(code, message, doubt ? 'unknown' : stated)
      const isKept = doubt || toldAt === undefined || entry.row.frame.type === 'message.send'
      return isKept ? park({ ...entry, doubt }, end) : settle(entry, end, toldAt)
    }
    const delays = entry.delays + 1
    const backOffMs = BACK_OFF_BASE_MS * 2 ** Math.min(entry.delays, BACK_OFF_LAST)
    // Many who each come back exactly when they are told to are together too many, for ever.
    const spreadMs = BACK_OFF_BASE_MS * Math.min(entry.delays, BACK_OFF_LAST) * chance
    const { retry_after_ms: statedMs } = error
    const delayMs = statedMs === undefined ? backOffMs * (0.5 + chance / 2) : statedMs + spreadMs
    const notBefore = now + Math.min(delayMs, RETRY_AFTER_MAX_MS)
    return { ...entry, wireAt: undefined, suspect: false, doubt, errors, delays, notBefore }
  })

/** By its ack, its own event, an abort, or because it was discarded. */
export const ended = (state: OutboxState, id: string, end: Settlement, at: number): Step =>
  one(state, id, (entry) => settle(entry, end, at))

/** A parked command goes again under its own id, from the beginning. */
export const retried = (state: OutboxState, id: string): Step =>
  one(state, id, (entry) =>
    withRow(
      { ...entry, notBefore: OWED, delays: 0, errors: 0, blamed: 0 },
      { state: 'pending', result: undefined },
    ),
  )
