import { CLOSE, type ServerFrames, utf8Bytes } from '@tidings/protocol'
import { errorRow } from '../error-table.js'
import type { OutboxRow } from '../storage/port.js'
import { byCreation, type Entry, newEntry, OWED, outcomeOf } from './entry.js'
import { type Pace, paceAfter, UNPACED } from './pace.js'
import { failed, type Settlement } from './settlement.js'

export interface OutboxState {
  /** In order of sending; settled ones are gone. */
  readonly entries: readonly Entry[]
  readonly pace: Pace
  /** By channel: when the budget of `pace` is whole again. */
  readonly wholeAt: ReadonlyMap<string, number>
  /** The command that was written last on this connection. */
  readonly lastWritten: string | undefined
}

export const EMPTY: OutboxState = {
  entries: [],
  pace: UNPACED,
  wholeAt: new Map(),
  lastWritten: undefined,
}

export type OutboxEvent =
  | { readonly type: 'submitted'; readonly row: OutboxRow; readonly bytes: number }
  /**
   * The rows are drained under the name `owner` from now on: `adopted` come from instances that
   * ended, `gone` were taken by another while this page slept.
   */
  | {
      readonly type: 'claimed'
      readonly owner: string
      readonly adopted: readonly OutboxRow[]
      readonly gone: ReadonlySet<string>
    }
  | { readonly type: 'stamped'; readonly ids: ReadonlySet<string>; readonly firstTryTs: number }
  | { readonly type: 'stored'; readonly rows: readonly OutboxRow[] }
  | { readonly type: 'written'; readonly id: string; readonly now: number }
  | { readonly type: 'connected'; readonly pace: Pace }
  | { readonly type: 'disconnected'; readonly closeCode: number | undefined }
  | {
      readonly type: 'refused'
      readonly id: string
      readonly error: ServerFrames['error']
      /** Monotonic. */
      readonly now: number
      /** In [0, 1). */
      readonly chance: number
    }
  /** By its ack, its own event, an abort, or because it was discarded. */
  | { readonly type: 'ended'; readonly id: string; readonly end: Settlement; readonly at: number }
  /** A parked command goes again, under its own id or as `row`. */
  | { readonly type: 'retried'; readonly id: string; readonly row?: OutboxRow; readonly at: number }

export interface Step {
  readonly state: OutboxState
  /** Whose rows are another than before; settled ones are here for the last time. */
  readonly changed: readonly Entry[]
}

/** So many retryable errors, and a command is parked. */
const ERRORS_MAX = 8
/** So many connections that ended right behind a command, and it is parked. */
const BLAMED_MAX = 2
const BACK_OFF_BASE_MS = 1_000
const BACK_OFF_MAX_MS = 30_000
/** A server that asks for more has made a mistake; timers overflow at 24 days. */
const RETRY_AFTER_MAX_MS = 60 * 60 * 1000
/** Beyond this, channels whose budget is whole again are forgotten (I7). */
const PACED_CHANNELS_MAX = 256

/** Delays say nothing against the command: they are not counted. */
const isDelay = (code: string): boolean => code === 'rate_limited' || code === 'unavailable'

const withRow = (entry: Entry, change: Partial<OutboxRow>): Entry => ({
  ...entry,
  row: { ...entry.row, ...change },
})

const park = (entry: Entry, end: Settlement): Entry => ({
  ...withRow(entry, { state: 'parked', result: end }),
  wireAt: undefined,
  suspect: false,
})

/** One step of the outbox (R4, I9, P-81 to P-83). Pure. */
export function reduce(state: OutboxState, event: OutboxEvent): Step {
  switch (event.type) {
    case 'submitted': {
      const entry = newEntry(event.row, event.bytes, false)
      return { state: { ...state, entries: [...state.entries, entry] }, changed: [entry] }
    }
    case 'claimed':
      return claim(state, event.owner, event.adopted, event.gone)
    case 'stamped':
      return each(state, (entry) =>
        event.ids.has(entry.row.id) ? withRow(entry, { firstTryTs: event.firstTryTs }) : entry,
      )
    case 'stored': {
      const rows = new Map(event.rows.map((row) => [row.id, row]))
      return each(state, (entry) => {
        const row = rows.get(entry.row.id)
        return row === undefined ? entry : { ...entry, stored: row }
      })
    }
    case 'written':
      return write(state, event.id, event.now)
    case 'connected':
      return each({ ...state, pace: event.pace, lastWritten: undefined }, (entry) =>
        entry.wireAt === undefined ? entry : { ...entry, wireAt: OWED },
      )
    case 'disconnected':
      return disconnect(state, event.closeCode)
    case 'refused':
      return one(state, event.id, (entry) =>
        entry.row.state === 'pending' ? refuse(entry, event) : entry,
      )
    case 'ended':
      return one(state, event.id, (entry) =>
        withRow(entry, { state: 'settled', result: event.end, settledAt: event.at }),
      )
    case 'retried':
      return retry(state, event.id, event.row, event.at)
  }
}

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

const adopt = (row: OutboxRow): Entry => newEntry(row, utf8Bytes(JSON.stringify(row.frame)), true)

/**
 * Rows of others keep their order and go before what was created here later. What was created here
 * before the others were known goes behind them, even if somebody has set the clock back meanwhile.
 */
function claim(
  state: OutboxState,
  owner: string,
  adopted: readonly OutboxRow[],
  gone: ReadonlySet<string>,
): Step {
  const others = new Set(adopted.map((row) => row.id))
  const newest = Math.max(...adopted.map((row) => row.createdAt))
  const changed: Entry[] = []
  const kept: Entry[] = []
  for (const entry of state.entries) {
    const { row, written } = entry
    if (others.has(row.id) || gone.has(row.id)) continue
    if (row.owner === owner) kept.push(entry)
    else {
      const createdAt = written ? row.createdAt : Math.max(row.createdAt, newest + 1)
      const renamed = withRow(entry, { owner, createdAt })
      kept.push(renamed)
      changed.push(renamed)
    }
  }
  const entries = [...kept, ...adopted.map(adopt)]
  entries.sort((a, b) => byCreation(a.row, b.row))
  return { state: { ...state, entries }, changed }
}

function write(state: OutboxState, id: string, now: number): Step {
  let { wholeAt } = state
  const step = one(state, id, (entry) => {
    if (entry.wireAt === undefined) wholeAt = spend(state, entry.row.channelId, now)
    // Written again without an answer: from here on nobody knows what the first one did.
    const doubt = entry.doubt || entry.wireAt !== undefined
    return { ...entry, wireAt: now, written: true, doubt }
  })
  return { ...step, state: { ...step.state, wholeAt, lastWritten: id } }
}

/** A repeat costs nothing, so only the first write of a try is counted. */
function spend({ pace, wholeAt }: OutboxState, channelId: string, now: number) {
  if (pace.intervalMs === 0) return wholeAt
  const next = new Map(wholeAt)
  if (next.size >= PACED_CHANNELS_MAX) {
    for (const [channel, at] of next) if (at <= now) next.delete(channel)
  }
  return next.set(channelId, paceAfter(pace, next.get(channelId) ?? OWED, now))
}

/** A frame that the server cannot take ends the connection each time: it must not do so for ever. */
function disconnect(state: OutboxState, closeCode: number | undefined): Step {
  if (closeCode !== CLOSE.tooBig && closeCode !== CLOSE.malformed) return { state, changed: [] }
  return each(state, (entry) => {
    if (entry.wireAt === undefined || entry.wireAt === OWED) return entry
    const blamed = entry.blamed + (entry.row.id === state.lastWritten ? 1 : 0)
    if (blamed < BLAMED_MAX) return { ...entry, blamed, suspect: true }
    const code = closeCode === CLOSE.tooBig ? 'payload_too_large' : 'invalid_frame'
    const message = `Two connections were closed with ${closeCode} right behind this command.`
    return park(entry, failed(code, message, outcomeOf(entry)))
  })
}

function refuse(entry: Entry, { error, now, chance }: OutboxEvent & { type: 'refused' }): Entry {
  const { code, message } = error
  const stated = error.outcome ?? errorRow(code).outcome
  // A refusal of a repeat says nothing of the try before it, which may have been accepted.
  const doubt = entry.doubt || stated === 'unknown'
  const outcome = doubt ? 'unknown' : stated
  const errors = entry.errors + (isDelay(code) ? 0 : 1)
  if (!error.retryable || errors >= ERRORS_MAX) {
    return park({ ...entry, doubt }, failed(code, message, outcome))
  }
  const backOffMs = Math.min(BACK_OFF_MAX_MS, BACK_OFF_BASE_MS * 2 ** Math.min(entry.delays, 5))
  const delayMs = error.retry_after_ms ?? backOffMs * (0.5 + chance / 2)
  return {
    ...entry,
    wireAt: undefined,
    suspect: false,
    doubt,
    errors,
    delays: entry.delays + 1,
    notBefore: now + Math.min(delayMs, RETRY_AFTER_MAX_MS),
  }
}

function retry(state: OutboxState, id: string, row: OutboxRow | undefined, at: number): Step {
  const end = failed('aborted', 'It was sent anew under another id.', 'unknown')
  const step = one(state, id, (entry) =>
    withRow(
      { ...entry, notBefore: OWED, delays: 0, errors: 0, blamed: 0 },
      row === undefined
        ? { state: 'pending', result: undefined }
        : { state: 'settled', result: end, settledAt: at },
    ),
  )
  const bytes = step.changed[0]?.bytes
  if (row === undefined || bytes === undefined) return step
  const next = reduce(step.state, { type: 'submitted', row, bytes })
  return { state: next.state, changed: [...step.changed, ...next.changed] }
}
