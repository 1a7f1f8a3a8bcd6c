import type { Wire } from '../check/wire.js'
import { Line, type LineObserver, type LineParts } from '../world/line.js'
import type { Page } from '../world/page.js'
import { Random } from '../world/random.js'
import type { Scheduler } from '../world/scheduler.js'
import type { Server } from '../world/server.js'
import type { Tab } from './tabs.js'

export interface LinesParts {
  readonly seed: number
  readonly scheduler: Scheduler
  readonly server: Server
  readonly wire: Wire
  readonly observerOf: (tab: Tab) => LineObserver
}

/** Every connection of a world between a tab and the server. */
export class Lines {
  readonly #all = new Set<Line>()
  #count = 0

  constructor(private readonly parts: LinesParts) {}

  [Symbol.iterator](): IterableIterator<Line> {
    return this.#all.values()
  }

  /** A page of a tab opens a socket. */
  connect(
    tab: Tab,
    page: Page,
    client: LineParts['client'],
    ended: LineParts['ended'],
  ): Line['client'] {
    const { seed, scheduler, server, wire, observerOf } = this.parts
    for (const other of this.#all) {
      if (!other.isOver) continue
      this.#all.delete(other)
      wire.forget(other)
    }
    this.#count += 1
    const line = new Line({
      id: this.#count,
      page,
      scheduler,
      random: new Random(seed, `line ${tab.index} ${tab.lives.length} ${this.#count}`),
      client,
      ended,
      observer: observerOf(tab),
    })
    line.latencyMs = tab.latencyMs
    this.#all.add(line)
    if (tab.isOffline) line.refuse()
    else scheduler.after(tab.latencyMs, () => server.connect(line, `10.0.0.${tab.index}`))
    return line.client
  }

  /** The connection of a page, if it has one. */
  of(page: Page | undefined): Line | undefined {
    let found: Line | undefined
    for (const line of this.#all) if (line.page === page && line.isOpen) found = line
    return found
  }

  /** The system closes the connections of a page that is gone. */
  cut(page: Page): void {
    for (const line of this.#all) if (line.page === page) line.cut()
  }
}
