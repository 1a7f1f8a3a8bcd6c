import type { Command, CommandId } from '../stream/command.js'
import type { IdRow } from '../stream/event.js'
import { ID_WINDOW_MS, type IdWindow, idWindowOf, windowName } from '../stream/id-window.js'
import { comparePositions, type Position } from '../stream/position.js'

/** An id that was made longer before or after its command was accepted is asked for alone. */
const NEAR_WINDOWS = 4
/** A window is asked for with the ones that follow: each costs a node little where it is asked anyway. */
const ASKED_WINDOWS = 4
/** What is so much older than the newest window is not asked for as a window, whoever's clock is behind. */
const KEPT_WINDOWS = 2 * NEAR_WINDOWS + ASKED_WINDOWS

/** What is kept at most, of what is young; the windows that came first go first (I7). */
export interface HeldIdsBounds {
  readonly maxWindows: number
  readonly maxRows: number
}
const BOUNDS: HeldIdsBounds = { maxWindows: 10_000, maxRows: 10_000 }

interface Held {
  readonly number: number
  /** By id, ascending by position; undefined for a window that the store did not tell. */
  readonly rows: Map<string, IdRow[]> | undefined
  count: number
}

/**
 * Windows of ids that one assignment knows whole: as they were read once, and everything that it wrote since. What
 * is not in one is unknown (R4), because nobody else writes below a position of this assignment: what lay below its
 * beginning was written by a quorum before that was committed (R7, R8), and all above it has folded itself. It must
 * end with the assignment (R1).
 */
export class HeldIds {
  readonly #windows = new Map<string, Held>()
  #rows = 0

  constructor(private readonly bounds: HeldIdsBounds = BOUNDS) {}

  /** Of an id whose window is held, its highest row below, if it has one; undefined: ask the store. */
  known(id: CommandId, below: Position): { readonly row: IdRow | undefined } | undefined {
    const window = idWindowOf(id)
    const rows = window && this.#windows.get(windowName(window))?.rows
    if (rows === undefined) return undefined
    const own = rows.get(keyOf(id)) ?? []
    return { row: own.findLast((row) => comparePositions(row.position, below) < 0) }
  }

  /** The windows to ask for instead of an id that is not held; none: ask for the id itself. */
  toAsk(command: Command): readonly IdWindow[] {
    const window = idWindowOf(command)
    if (window === undefined || this.#windows.has(windowName(window))) return []
    const { channelId, number } = window
    const accepted = Math.floor(command.acceptedAt / ID_WINDOW_MS)
    if (Math.abs(accepted - number) > NEAR_WINDOWS) return []
    return Array.from({ length: ASKED_WINDOWS }, (_, i) => ({
      channelId,
      number: number + i,
    })).filter((other) => !this.#windows.has(windowName(other)))
  }

  /** Takes a window as the store has told it. */
  install(window: IdWindow, rows: readonly IdRow[] | undefined): void {
    const name = windowName(window)
    const { number } = window
    this.#drop(name)
    this.#windows.set(name, { number, rows: rows && new Map(), count: 0 })
    this.#forgetBefore(number - KEPT_WINDOWS)
    for (const row of rows ?? []) this.add(row)
    this.#makeRoom()
  }

  /** Must be called for every row that the assignment writes. */
  add(row: IdRow): void {
    const window = idWindowOf(row.id)
    const held = window && this.#windows.get(windowName(window))
    if (held?.rows === undefined) return
    const key = keyOf(row.id)
    const known = held.rows.get(key) ?? []
    const others = known.filter((other) => comparePositions(other.position, row.position) !== 0)
    const rows = [...others, row].sort((a, b) => comparePositions(a.position, b.position))
    held.rows.set(key, rows)
    held.count += rows.length - known.length
    this.#rows += rows.length - known.length
    this.#makeRoom()
  }

  clear(): void {
    this.#windows.clear()
    this.#rows = 0
  }

  #forgetBefore(first: number): void {
    for (const [name, { number }] of this.#windows) {
      if (number >= first) return
      this.#drop(name)
    }
  }

  #makeRoom(): void {
    const { maxWindows, maxRows } = this.bounds
    for (const name of this.#windows.keys()) {
      if (this.#windows.size <= maxWindows && this.#rows <= maxRows) return
      this.#drop(name)
    }
  }

  #drop(name: string): void {
    this.#rows -= this.#windows.get(name)?.count ?? 0
    this.#windows.delete(name)
  }
}

const keyOf = ({ userId, clientMsgId }: CommandId): string => `${userId}\n${clientMsgId}`
