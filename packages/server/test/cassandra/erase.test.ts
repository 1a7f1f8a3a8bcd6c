import { afterAll, describe, expect, it } from 'vitest'
import { type EraseKey, eraseDeleted } from '../../src/adapters/cassandra/store/erase.js'
import { StreamBuilder } from '../../src/ports/contract/stream-builder.js'
import { openWorld } from './harness.js'
import { operator } from './world.js'

const DAY_MS = 24 * 60 * 60 * 1000
/** The day on which the streams of this file delete. */
const DAY = 20_000
const world = await openWorld()
const client = await operator()
afterAll(async () => {
  await world.close()
  await client.shutdown()
})
const { keyspace, session } = world
const store = world.open()
const erase = eraseDeleted({ session, keyspace })

/** Goes through everything that is due at noon so many days later; resolves to the days that were gone through. */
async function eraseAfter(days: number): Promise<readonly number[]> {
  const nowMs = (DAY + days + 0.5) * DAY_MS
  const gone: number[] = []
  let after: EraseKey | undefined
  do {
    after = await erase(nowMs, after)
    if (after !== undefined) gone.push(after[0])
  } while (after !== undefined)
  return [...new Set(gone)]
}

/** Everything that the tables hold of a channel, as text. */
async function cells(channelId: string): Promise<string> {
  const rows = await Promise.all(
    (['event', 'effect'] as const).map(async (cell) => {
      const all = `SELECT channel_id, ${cell} AS cell FROM ${keyspace}.${cell}s`
      return (await client.execute(all)).rows
    }),
  )
  return rows
    .flat()
    .filter((row) => row.channel_id === channelId)
    .map((row) => String(row.cell))
    .join('\n')
}

/** A message with an edit, deleted by the number 5; and one that stays. Its buckets are two. */
function deleting(channelId: string): StreamBuilder {
  const stream = new StreamBuilder(channelId).say('secret one').edit(1, 'secret two').say('kept')
  stream.edit(3, 'kept too')
  // the builder stamps deletes like everything else: the day is made of a time
  return stream.remove(1)
}

/** As a batch whose delete was accepted on the day of this file. */
function batchOf(stream: StreamBuilder) {
  const batch = stream.batch()
  return {
    ...batch,
    runs: batch.runs.map((run) => ({
      ...run,
      rows: run.rows.map((row) => {
        const event = { ...row.event, ts: DAY * DAY_MS + 1 } as typeof row.event
        return { ...row, event, json: JSON.stringify(event) }
      }),
    })),
  }
}

const page = async (channelId: string) =>
  (await store.pages([{ channelId, direction: 'forward', limit: 10 }]))[0]

describe('the content of a deleted message on Cassandra', () => {
  it('R6, R9: is served no more at once, and leaves the rows, its edits included, when eight days are over', async () => {
    const stream = deleting('c')
    await store.write(batchOf(stream))
    const before = await page('c')
    expect(JSON.stringify(before)).not.toContain('secret')
    await eraseAfter(8)
    expect(await cells('c')).toContain('secret one')
    const load = () =>
      store.load({
        below: stream.at(5),
        channels: ['c'],
        ids: [],
        targets: [{ key: stream.key(1) }, { key: stream.key(3) }],
      })
    const loaded = await load()
    await eraseAfter(9)
    const left = await cells('c')
    expect(left).not.toContain('secret')
    expect(left).toContain('kept too')
    expect(await page('c')).toEqual(before)
    // nothing that is compared, or decided on, differs (R3, R5)
    expect(await load()).toEqual(loaded)
    const above = await store.load({ below: stream.at(0), channels: ['c'], ids: [], targets: [] })
    expect(above.channels[0]?.above).toHaveLength(5)
  })

  it('R2, I5: stays away, whoever writes the message again', async () => {
    await store.write(batchOf(deleting('c')))
    expect(await cells('c')).not.toContain('secret')
    expect((await page('c'))?.events[0]).toMatchObject({ deleted_seq: 5 })
  })

  it('is erased in a channel of several at the numbers of their own', async () => {
    expect(await eraseAfter(9)).toEqual([])
    const streams = ['x', 'y', 'z'].map(deleting)
    await Promise.all(streams.map((stream) => store.write(batchOf(stream))))
    // a day that is done is not gone through again
    await eraseAfter(9)
    expect(await cells('x')).toContain('secret one')
    await client.execute(`TRUNCATE ${keyspace}.chores`)
    await eraseAfter(30)
    for (const { channelId } of streams) {
      expect(await cells(channelId)).not.toContain('secret')
      expect(await cells(channelId)).toContain('kept too')
    }
  })

  it('R10: stays where a later epoch made the delete void', async () => {
    await client.execute(`TRUNCATE ${keyspace}.chores`)
    const stream = new StreamBuilder('v').say('back again').remove(1).raiseEpoch(2, 1, 1)
    await store.write(batchOf(stream))
    await eraseAfter(30)
    expect(await cells('v')).toContain('back again')
    expect((await page('v'))?.events).toMatchObject([{ text: 'back again' }])
  })
})
