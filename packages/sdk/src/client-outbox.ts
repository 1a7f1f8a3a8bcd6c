import { checkId } from './arguments.js'
import type { OutboxItem, Settled } from './channel/outbox-view.js'
import { Emitter, type ListenOptions } from './emitter.js'
import type { Outbox } from './outbox/port.js'
import { atEndOfTurn } from './turn.js'

export interface OutboxListeners {
  /** What waits is other than before: everything that has no acknowledgement, oldest first. */
  change(pending: readonly OutboxItem[]): void
  /** What is accepted from now on survives the end of the page or process, or does not. */
  durability(durability: 'disk' | 'memory'): void
}

/** A command that is sent again: a promise of its end, and the id that it now has. */
export interface Retrying extends Promise<Settled> {
  readonly clientMsgId: string
}

/** What the application sees of the outbox: commands of this user that are not acknowledged yet. */
export interface ClientOutbox {
  /** `disk` while what is accepted survives a reload; `memory` where nothing can be stored. */
  readonly durability: 'disk' | 'memory'
  /** The same array until it changes. */
  list(): readonly OutboxItem[]
  on<E extends keyof OutboxListeners>(
    event: E,
    listener: OutboxListeners[E],
    options?: ListenOptions,
  ): () => void
  /**
   * Sends a parked command again. With a new id where it certainly had no effect, else with its own,
   * so that it cannot come twice (I3). Where that is too old to be recognised it rejects with
   * `send_too_old`, unless `allowDuplicate` says that a second message is acceptable.
   */
  retry(clientMsgId: string, options?: { readonly allowDuplicate?: boolean }): Retrying
  /** Gives a command up; its promise rejects with `aborted`. */
  discard(clientMsgId: string): void
}

export function createClientOutbox(outbox: Outbox): ClientOutbox {
  const emitter = new Emitter<OutboxListeners>()
  // Many rows change in one turn: they are told of once.
  outbox.on(
    'change',
    atEndOfTurn(() => emitter.emit('change', outbox.list())),
  )
  outbox.on('durability', (durability) => emitter.emit('durability', durability))
  return {
    get durability() {
      return outbox.durability
    },
    list: outbox.list,
    on: (event, listener, options) => emitter.on(event, listener, options),
    retry(id, options) {
      const { clientMsgId, settled } = outbox.retry(id, options)
      return Object.assign(settled, { clientMsgId })
    },
    discard(id) {
      checkId('clientMsgId', id)
      outbox.discard(id)
    },
  }
}
