import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Message } from '../../src/channel/items.js'
import { readEvent } from '../../src/channel/read-event.js'
import { ops } from './model-story.js'
import { World } from './model-world.js'

/** A message in a form in which two views of it can be compared. */
const comparable = ({ text, deleted, reactions, replyCount, editedSeq, ...rest }: Message) => ({
  seq: rest.channelSeq,
  epoch: rest.epoch,
  id: rest.messageId,
  text,
  deleted,
  editedSeq: deleted ? undefined : editedSeq,
  replyCount: deleted ? 0 : (replyCount ?? 0),
  reactions: reactions
    .map(({ emoji, count, userIds }) => `${emoji} ${count} ${[...userIds].sort()}`)
    .sort(),
})

describe('a channel against a random world', () => {
  it.each(['recent', 'all'] as const)(
    'I9, R14: with catchUp %s stream and iterator are each number once, and the timeline is the fold of the truth',
    async (catchUp) => {
      const reached = { skipped: 0, expired: 0, reset: 0, changed: 0 }
      await fc.assert(
        fc.asyncProperty(fc.array(ops, { minLength: 20, maxLength: 120 }), async (story) => {
          const world = new World(catchUp)
          await world.begin()
          for (const [, run] of story) await run(world)
          await world.finish()
          const { line, channel, listener, iterator } = world
          const truth = line.channel()
          expect(world.broken).toEqual([])
          expect(channel.state).toBe('live')
          for (const [name, ledger] of Object.entries({ listener, iterator })) {
            expect(ledger.last, name).toBe(truth.headSeq)
            for (const [seq, what] of ledger.seen) {
              const event = truth.log[seq - 1]
              if (what === 'expired') expect(seq).toBeLessThan(truth.oldestSeq)
              else if (what !== 'skipped' || name === 'iterator' || catchUp === 'all') {
                const { epoch, kind } = readEvent(event as never)
                expect(what, `${name} ${seq}`).toBe(`${epoch} ${kind}`)
              }
            }
          }
          const { items, hasOlder } = channel.timeline.getSnapshot()
          expect(hasOlder).toBe(false)
          const shown = items.flatMap((item) =>
            item.kind === 'message' && item.status === 'sent' ? [item] : [],
          )
          expect(items.filter((item) => item.kind === 'message')).toHaveLength(shown.length)
          const told = [...truth.messages.values()].map((frame) => readEvent(frame) as Message)
          expect(shown.filter((m) => m.channelSeq >= truth.oldestSeq).map(comparable)).toEqual(
            told.filter((m) => m.channelSeq >= truth.oldestSeq).map(comparable),
          )
          for (const item of items) {
            if (item.kind === 'gap') expect(item.reason).toBe('expired')
          }
          if ([...listener.seen.values()].includes('skipped')) reached.skipped += 1
          if ([...iterator.seen.values()].includes('expired')) reached.expired += 1
          if (truth.epoch > 1) reached.reset += 1
          if (shown.some(({ rev, channelSeq }) => rev > channelSeq)) reached.changed += 1
          line.sync.close()
          line.connection.disconnect()
          await line.settle()
          expect(line.environment.open().timers, 'I9: nothing is left').toBe(0)
        }),
        {
          numRuns: Number(process.env.TIDINGS_RUNS ?? 100),
          seed: Number(process.env.TIDINGS_SEED ?? 11),
        },
      )
      expect(reached.expired).toBeGreaterThan(0)
      expect(reached.reset).toBeGreaterThan(0)
      expect(reached.changed).toBeGreaterThan(0)
      if (catchUp === 'recent') expect(reached.skipped).toBeGreaterThan(0)
    },
    120_000,
  )
})
