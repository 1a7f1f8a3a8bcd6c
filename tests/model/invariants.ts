import { pageFrom } from '../../packages/server/src/adapters/memory/store-pages.js'
import type { StoreTables } from '../../packages/server/src/adapters/memory/store-tables.js'
import { bucketOf, type Effect, type EventRow } from '../../packages/server/src/stream/event.js'
import { dumpTables } from './dump.js'
import type { Truth } from './truth.js'
import { SEED_HEAD, type Small } from './world.js'

/** Which invariant a store breaks, and how; undefined when it breaks none. */
export type Verdict = string | undefined

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** What every reader can ever find must be what the log means. */
export class Invariants {
  readonly #stores = new Map<number, Verdict>()
  readonly #promises = new Map<string, Verdict>()

  constructor(
    private readonly small: Small,
    private readonly truth: Truth,
  ) {}

  /** `committed`: offsets below it; `acked`: a bit for each offset that was answered. */
  check(store: number, tables: StoreTables, committed: number, acked: number): Verdict {
    if (!this.#stores.has(store)) this.#stores.set(store, this.#checkStore(tables))
    const verdict = this.#stores.get(store)
    if (verdict !== undefined) return verdict
    const key = `${store} ${committed} ${acked}`
    if (!this.#promises.has(key)) {
      this.#promises.set(key, this.#checkPromises(tables, committed, acked))
    }
    return this.#promises.get(key)
  }

  #checkStore(tables: StoreTables): Verdict {
    const rows = this.#rows(tables)
    for (const row of rows) {
      const { row: truth } = this.truth.outcomes[row.position.offset] ?? {}
      if (!same(row, truth)) return `I2: the row at ${row.channelSeq} is not what its command means`
    }
    for (const epoch of this.small.epochs) {
      const seqs = rows.filter((row) => row.epoch === epoch).map((row) => row.channelSeq)
      if (new Set(seqs).size < seqs.length) return 'I2: two rows at one number'
      const first =
        this.truth.outcomes.find(({ row }) => row?.epoch === epoch)?.row?.channelSeq ?? 0
      for (const [i, seq] of seqs.sort((a, b) => a - b).entries()) {
        if (seq !== first + i) return `I4: number ${seq} is there without ${first + i}`
      }
    }
    for (const [i, id] of this.small.ids.entries()) {
      const next = { generation: 2, partition: 0, offset: i + 1 }
      const row = tables.idBelow(id, next)
      if (row === undefined) continue
      const { idRow } = this.truth.outcomes[row.position.offset] ?? {}
      if (!same(row, idRow)) return 'I3: an id is remembered with another result'
    }
    return this.#checkServed(tables)
  }

  /** I6: a page of everything can be read in every state, and shows what the effects say. */
  #checkServed(tables: StoreTables): Verdict {
    const { channelId } = this.small
    const query = { channelId, afterSeq: SEED_HEAD - 2, direction: 'forward', limit: 100 } as const
    let page: ReturnType<typeof pageFrom>
    try {
      page = pageFrom(tables, query)
    } catch (error) {
      return `I4: a page cannot be read: ${String(error)}`
    }
    const seqs = page.events.map((event) => event.channel_seq)
    const whole = seqs.every((seq, i) => seq === SEED_HEAD - 1 + i)
    if (!whole || page.toSeq !== page.asOf?.headSeq) return 'I2: a page has a hole'
    if (this.small.epochs.length > 1) return undefined
    const message = page.events.find((event) => event.channel_seq === SEED_HEAD)
    const effects = this.#effects(tables)
      .filter((effect) => effect.target.channelSeq === SEED_HEAD)
      // by the number of their event, whatever the store took for their place in time
      .sort((a, b) => a.bySeq - b.bySeq)
    const deleted = effects.some((effect) => effect.kind === 'delete')
    const edit = effects.findLast((effect) => effect.kind === 'edit')
    const text = deleted ? undefined : edit?.kind === 'edit' ? edit.text : 'was there before'
    const served = message?.type === 'message.new' ? message.text : 'no message'
    return served === text ? undefined : `I5: the text served is ${served}, not ${text}`
  }

  /** I1: what was answered or committed is in the store, with everything that it did. */
  #checkPromises(tables: StoreTables, committed: number, acked: number): Verdict {
    const rows = this.#rows(tables).map((row) => row.position.offset)
    const effects = this.#effects(tables).map((effect) => effect.bySeq)
    const head = tables.state(this.small.channelId)
    for (const [offset, { row, effect, idRow }] of this.truth.outcomes.entries()) {
      const promised = offset < committed || (acked & (1 << offset)) !== 0
      if (!promised) continue
      const said = offset < committed ? 'committed' : 'acknowledged'
      if (row && !rows.includes(offset)) return `I1: ${said} number ${row.channelSeq} is lost`
      if (effect && !effects.includes(effect.bySeq))
        return `I1: a ${said} change of a message is lost`
      if (row && (head === undefined || head.position.offset < offset)) {
        return `I1: readers are not told of ${said} number ${row.channelSeq}`
      }
      if (idRow === undefined) continue
      const next = { generation: 2, partition: 0, offset: offset + 1 }
      if (!same(tables.idBelow(idRow.id, next), idRow)) return `I3: a ${said} id is forgotten`
    }
    if (committed < this.small.log.length) return undefined
    const healed = dumpTables(tables, this.small) === this.truth.dump
    return healed
      ? undefined
      : 'R2: everything is committed and the store is not what the log means'
  }

  #rows(tables: StoreTables): readonly EventRow[] {
    const { channelId, epochs, seqs } = this.small
    const buckets = [...new Set(seqs.map(bucketOf))]
    return epochs
      .flatMap((epoch) =>
        buckets.flatMap((bucket) => tables.bucket({ channelId, epoch, bucket }).rows),
      )
      .filter((row) => row.position.generation === 2)
  }

  #effects(tables: StoreTables): readonly Effect[] {
    const { channelId, epochs, seqs } = this.small
    return epochs.flatMap((epoch) =>
      seqs.flatMap((seq) =>
        tables.effects({ channelId, epoch, bucket: bucketOf(seq), channelSeq: seq }),
      ),
    )
  }
}
