import type { MessageStore, StoreBatch } from '../../src/ports/message-store.js'
import type { IdRow } from '../../src/stream/event.js'

/**
 * A part of a store for one test: its channels have a prefix in the tables that the test does not see. Events name
 * their channel themselves, as they were written.
 */
export function prefixed(store: MessageStore, prefix: string): MessageStore {
  const there = (channelId: string) => prefix + channelId
  const here = (channelId: string) => channelId.slice(prefix.length)
  const keyed = <K extends { readonly channelId: string }>(key: K): K => ({
    ...key,
    channelId: there(key.channelId),
  })
  const unkeyed = <K extends { readonly channelId: string }>(key: K): K => ({
    ...key,
    channelId: here(key.channelId),
  })
  const batched = (batch: StoreBatch): StoreBatch => ({
    ...batch,
    runs: batch.runs.map((run) => ({
      ...keyed(run),
      rows: run.rows.map(keyed),
      effects: run.effects.map((effect) => ({ ...effect, target: keyed(effect.target) })),
    })),
    ids: batch.ids.map((row) => ({ ...row, id: keyed(row.id) })),
  })
  const rowHere = (row: IdRow): IdRow => ({ ...row, id: unkeyed(row.id) })
  return {
    tellsIdWindows: store.tellsIdWindows,
    async load(request) {
      const loaded = await store.load({
        ...request,
        channels: request.channels.map(there),
        ids: request.ids.map(keyed),
        ...(request.windows && { windows: request.windows.map(keyed) }),
        targets: request.targets.map((target) => ({ ...target, key: keyed(target.key) })),
      })
      return {
        ...loaded,
        ids: loaded.ids.map((row) => row && rowHere(row)),
        ...(loaded.windows && { windows: loaded.windows.map((rows) => rows?.map(rowHere)) }),
      }
    },
    write: (batch) => store.write(batched(batch)),
    heads: async (ids) => (await store.heads(ids.map(there))).map((head) => head && unkeyed(head)),
    async pages(queries) {
      const pages = await store.pages(queries.map(keyed))
      return pages.map((page) => ({ ...page, asOf: page.asOf && unkeyed(page.asOf) }))
    },
    seqAtTime: (channelId, timestampMs) => store.seqAtTime(there(channelId), timestampMs),
    close: () => store.close(),
  }
}
