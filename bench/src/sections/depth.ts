import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChannelEvent } from '@tidings/protocol'
import { nodeEnvironment } from '../../../packages/server/src/adapters/node/environment.js'
import { createSqlMessageStore } from '../../../packages/server/src/adapters/sql/message-store.js'
import { openDataDir } from '../../../packages/server/src/adapters/sql/sqlite/open.js'
import type { MessageStore } from '../../../packages/server/src/ports/message-store.js'
import {
  bucketOf,
  type ChannelState,
  type EventRow,
} from '../../../packages/server/src/stream/event.js'
import { median } from '../cpu.js'
import type { Section } from './section.js'

const EVENTS = 1_000_000
const BATCH = 5_000
const PAGES = 300

/** Fills one channel through the port, as the sequencer would. */
async function fill(store: MessageStore, generation: number): Promise<void> {
  let expected: ChannelState['position'] | undefined
  for (let first = 1; first <= EVENTS; first += BATCH) {
    const rows = Array.from({ length: BATCH }, (_, i): EventRow => {
      const seq = first + i
      const event = {
        type: 'message.new',
        channel_id: 'c',
        channel_seq: seq,
        message_count: seq,
        user_id: 'u',
        client_msg_id: `m${seq}`,
        ts: seq,
        message_id: String(seq),
        text: 'x'.repeat(200),
      } as ChannelEvent
      return {
        channelId: 'c',
        epoch: 1,
        bucket: bucketOf(seq),
        channelSeq: seq,
        position: { generation, partition: 0, offset: seq },
        messageCount: seq,
        event,
        json: JSON.stringify(event),
      }
    })
    const headSeq = first + BATCH - 1
    const position = { generation, partition: 0, offset: headSeq }
    const state: ChannelState = {
      epoch: 1,
      epochs: [{ epoch: 1, fromSeq: 0 }],
      headSeq,
      messageCount: headSeq,
      oldestSeq: 1,
      position,
    }
    await store.write({
      generation,
      partition: 0,
      runs: [{ channelId: 'c', expected, rows, effects: [], changes: [], state }],
      ids: [],
    })
    expected = position
  }
}

/** Milliseconds for a page of 50 below each of these numbers, one after the other. */
async function pages(store: MessageStore, below: (i: number) => number): Promise<number> {
  const startedAt = performance.now()
  for (let i = 0; i < PAGES; i++) {
    await store.pages([{ channelId: 'c', beforeSeq: below(i), direction: 'backward', limit: 50 }])
  }
  return (performance.now() - startedAt) / PAGES
}

export const depth: Section = {
  name: 'depth',
  async run(options) {
    const folder = mkdtempSync(join(tmpdir(), 'depth-bench-'))
    const data = await openDataDir({ dataDir: join(folder, 'data'), environment: nodeEnvironment })
    try {
      const store = createSqlMessageStore(data.driver)
      options.onProgress(`filling a channel with ${EVENTS.toLocaleString('en')} messages`)
      await fill(store, data.installation.generation)
      const newest = (i: number): number => EVENTS + 1 - 50 * (i % 20)
      const oldest = (i: number): number => 1_051 - 50 * (i % 20)
      await pages(store, newest)
      await pages(store, oldest)
      const repeats: { top: number; deep: number }[] = []
      for (let repeat = 0; repeat < Math.max(5, options.repeats); repeat++) {
        repeats.push({ top: await pages(store, newest), deep: await pages(store, oldest) })
      }
      const ratio = median(repeats.map(({ top, deep }) => deep / top))
      return [
        {
          measure: 'a page of 50, at depth 1,000,000 against depth 0',
          unit: 'ms',
          figures: {
            'depth 0': median(repeats.map(({ top }) => top)),
            'depth 1,000,000': median(repeats.map(({ deep }) => deep)),
          },
          ratios: [{ against: 'depth 0', ratio, goal: '≤ 1.2 ×', met: ratio <= 1.2 }],
        },
      ]
    } finally {
      await data.close()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}
