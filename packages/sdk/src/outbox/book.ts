import type { OutboxItem } from '../channel/outbox-view.js'
import { Emitter } from '../emitter.js'
import type { Environment } from '../environment/port.js'
import type { OutboxRow } from '../storage/port.js'
import type { SharedRows } from '../tabs/shared-rows.js'
import { createDrains, type Drains } from './drains.js'
import { byCreation, type Entry } from './entry.js'
import { itemOf } from './item.js'
import type { OutboxEvents } from './port.js'
import { EMPTY, type OutboxState, type Step } from './reducer.js'
import { settlementIn } from './settlement.js'
import { createWaiters, type Waiters } from './waiters.js'

/** What an outbox holds, and everybody who is told when it is other than before. */
export interface Book {
  readonly state: OutboxState
  readonly emitter: Emitter<OutboxEvents>
  readonly waiters: Waiters
  readonly drains: Drains
  entry(id: string): Entry | undefined
  /** Every command without its end, of all tabs. The same array until it changes. */
  list(): readonly OutboxItem[]
  /** Takes a step of the reducer. `shows`: false for what is nothing to show, as the time of a try. */
  apply(step: Step, shows?: boolean): void
  /** A row is other than before: whoever waits for it or shows it gets to know. */
  tell(row: OutboxRow): void
  checkDrained(): void
}

export function createBook(environment: Environment, rows: () => SharedRows | undefined): Book {
  const emitter = new Emitter<OutboxEvents>()
  const waiters = createWaiters()
  const drains = createDrains(environment)
  let state = EMPTY
  let items: readonly OutboxItem[] | undefined

  const tell = (row: OutboxRow): void => {
    items = undefined
    if (row.state !== 'pending') {
      const end = settlementIn(row)
      waiters.settle(row.id, end)
      if (row.state === 'settled' && end.ok) emitter.emit('settled', row.id, end.result)
    }
    emitter.emit('change', row.channelId)
    checkDrained()
  }

  const checkDrained = (): void => {
    const isIdle = state.entries.every(({ row }) => row.state === 'parked')
    if (isIdle && rows()?.isOpen !== false) drains.end()
  }

  return {
    get state() {
      return state
    },
    emitter,
    waiters,
    drains,
    entry: (id) => state.entries.find(({ row }) => row.id === id),
    list() {
      const mine = state.entries.map(({ row }) => row)
      items ??= [...mine, ...(rows()?.others.values() ?? [])].sort(byCreation).map(itemOf)
      return items
    },
    apply(step, shows = true) {
      state = step.state
      for (const entry of step.changed) rows()?.save(entry, shows)
      if (shows) for (const { row } of step.changed) tell(row)
    },
    tell,
    checkDrained,
  }
}
