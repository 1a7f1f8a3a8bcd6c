import type { Environment } from '../environment/port.js'
import type { OutboxRow } from '../storage/port.js'

/** A wish of one tab for a row that another drains. */
export interface Ask {
  readonly ask: 'discard' | 'retry'
  readonly id: string
  /** For `retry`: the id to go on with, the old one or another. */
  readonly newId: string
}

export interface BulletinEvents {
  /** Rows of another tab that are other than before; settled ones for the last time. */
  rows(rows: readonly OutboxRow[]): void
  ask(ask: Ask): void
}

export interface Bulletin {
  post(message: { rows: readonly OutboxRow[] } | Ask): void
  close(): void
}

/**
 * What tabs of one user tell each other, so that each shows all rows and a send settles where it was
 * asked. The name carries the version: another version of the SDK does not listen here. Missing a
 * message does no harm: storage says the same.
 */
export function openBulletin(
  environment: Environment,
  name: string,
  events: BulletinEvents,
): Bulletin {
  return environment.openBroadcast(name, (message) => {
    const { rows, ask } = (message ?? {}) as { rows?: unknown; ask?: unknown }
    if (Array.isArray(rows)) events.rows(rows as OutboxRow[])
    else if (ask !== undefined) events.ask(message as Ask)
  })
}
