import type { ChannelEvent } from '@tidings/protocol'
import fc from 'fast-check'
import { expect } from 'vitest'
import { createMemoryMessageStore } from '../../src/adapters/memory/message-store.js'
import { StoreTables } from '../../src/adapters/memory/store-tables.js'
import { StreamBuilder } from '../../src/ports/contract/stream-builder.js'
import type { MessageStore, Page, PageQuery } from '../../src/ports/message-store.js'

/** What happens next in a channel: a kind, and a number by which it chooses among what is there. */
type Step = readonly [
  kind: 'say' | 'reply' | 'edit' | 'remove' | 'react' | 'join' | 'epoch' | 'retention',
  choice: number,
]
const step: fc.Arbitrary<Step> = fc.tuple(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant('say' as const) },
    { weight: 4, arbitrary: fc.constantFrom('reply', 'edit', 'react', 'react', 'react') },
    { weight: 2, arbitrary: fc.constantFrom('remove', 'join') },
    { weight: 1, arbitrary: fc.constantFrom('epoch', 'retention') },
  ),
  fc.nat(1_000),
)
const query: fc.Arbitrary<PageQuery> = fc.record(
  {
    channelId: fc.constant('c'),
    direction: fc.constantFrom('forward', 'backward'),
    limit: fc.integer({ min: 1, max: 12 }),
    afterSeq: fc.nat(40),
    beforeSeq: fc.nat(40),
    onlyMessages: fc.boolean(),
  },
  { requiredKeys: ['channelId', 'direction', 'limit'] },
)

function streamOf(steps: readonly Step[]): StreamBuilder {
  const stream = new StreamBuilder('c').say('first')
  // messages of the valid view, by number
  let messages = [1]
  const present = new Set<string>()
  for (const [kind, choice] of steps) {
    const seq = messages[choice % messages.length] ?? 1
    const { headSeq, epoch, oldestSeq } = stream.state
    if (kind === 'say') stream.say(`text ${choice}`, { ts: 1_000 + headSeq * 10 })
    if (kind === 'reply') stream.reply(`reply ${choice}`, seq)
    if (kind === 'say' || kind === 'reply') messages.push(headSeq + 1)
    if (kind === 'edit') stream.edit(seq, `edited ${choice} \u0000 🦉`)
    if (kind === 'remove') stream.remove(seq)
    if (kind === 'join') stream.join(`user ${choice}`)
    if (kind === 'react') {
      const userId = `u${choice % 5}`
      const emoji = ['👍', '🎉'][choice % 2] ?? '👍'
      const key = `${seq} ${emoji} ${userId}`
      stream.react(seq, emoji, userId, !present.delete(key) && present.add(key).has(key))
    }
    if (kind === 'retention') stream.raiseRetention(Math.min(headSeq, oldestSeq + (choice % 3)))
    if (kind === 'epoch') {
      const fromSeq = Math.max(1, headSeq - (choice % 4))
      messages = messages.filter((message) => message <= fromSeq)
      stream.raiseEpoch(epoch + 1 + (choice % 2), fromSeq, messages.length)
    }
  }
  return stream
}

/** The order of reactions says nothing. */
function unordered(event: ChannelEvent): ChannelEvent {
  if (event.type !== 'message.new' || event.reactions === undefined) return event
  const reactions = event.reactions
    .map((reaction) => ({ ...reaction, user_ids: [...reaction.user_ids].sort() }))
    .sort((a, b) => (a.emoji < b.emoji ? -1 : 1))
  return { ...event, reactions }
}

async function readFrom(store: MessageStore, stream: StreamBuilder, queries: readonly PageQuery[]) {
  const targets = Array.from({ length: stream.state.headSeq }, (_, i) => ({
    key: stream.key(i + 1),
    reaction: { emoji: '👍', userId: `u${i % 5}` },
  }))
  const ids = Array.from({ length: stream.length }, (_, i) => stream.idRow(i).id)
  const loaded = []
  for (let below = 0; below <= stream.length; below += 3) {
    const known = await store.load({ below: stream.at(below), channels: [], ids, targets })
    loaded.push(known)
  }
  const pages = await store.pages(queries)
  return {
    loaded,
    heads: await store.heads(['c']),
    pages: pages.map((page): Page => ({ ...page, events: page.events.map(unordered) })),
  }
}

/** R2: below any position the state is what it was there, whatever came later. */
async function expectStates(store: MessageStore, stream: StreamBuilder): Promise<void> {
  const positions = Array.from({ length: stream.length }, (_, i) => stream.position(i))
  for (let below = 0; below <= stream.length; below++) {
    const request = { below: stream.at(below), channels: ['c'], ids: [], targets: [] }
    const [channel] = (await store.load(request)).channels
    expect(channel?.state).toEqual(below === 0 ? undefined : stream.stateAfter(below - 1))
    expect(channel?.stored).toEqual(positions.at(-1))
    const above = channel?.above.map((row) => row.position.offset).sort((a, b) => a - b)
    expect(above).toEqual(stream.batch(below).runs[0]?.rows.map((row) => row.position.offset))
  }
}

/**
 * Whatever happens, however it is cut into batches, a store tells the same as the one in memory. It is empty before
 * each of the runs.
 */
export async function expectAgreement(
  sql: MessageStore,
  clear: () => Promise<void>,
  numRuns: number,
): Promise<void> {
  await fc.assert(
    fc
      .asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 }),
        fc.array(query, { minLength: 1, maxLength: 8 }),
        async (steps, cuts, queries) => {
          const stream = streamOf(steps)
          const tables = new StoreTables()
          const memory = createMemoryMessageStore({ tables, writes: 'whole', generation: 1 })
          let from = 0
          for (let i = 0; from < stream.length; i++) {
            const to = Math.min(stream.length, from + (cuts[i % cuts.length] ?? 1))
            for (const store of [sql, memory]) await store.write(stream.batch(from, to))
            from = to
          }
          expect(await readFrom(sql, stream, queries)).toEqual(
            await readFrom(memory, stream, queries),
          )
          await expectStates(sql, stream)
        },
      )
      .afterEach(clear),
    { numRuns },
  )
}
