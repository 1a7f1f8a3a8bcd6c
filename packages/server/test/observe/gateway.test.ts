import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryPresence } from '../../src/adapters/memory/presence.js'
import { createMemoryReceipts } from '../../src/adapters/memory/receipts.js'
import { createMetrics, gatewayMetrics, type Metrics } from '../../src/observe/metrics.js'
import type { Presence } from '../../src/ports/presence.js'
import type { Answer } from '../../src/ports/push.js'
import type { FakeSocket } from '../gateway/socket.js'
import { createWorld, type World } from '../gateway/world.js'
import { told } from '../support/metrics.js'

let metrics: Metrics
let world: World
let alice: FakeSocket
let bob: FakeSocket
let isPresenceAway: boolean

/** A server core that counts as a real process does. */
beforeEach(async () => {
  isPresenceAway = false
  metrics = createMetrics()
  world = await createWorld({
    core: { gatewayMetrics: gatewayMetrics(metrics) },
    gateway: {
      maxConnections: 3,
      maxChannels: 2,
      maxUnanswered: 5,
      repairMaxEvents: 5,
      tailFillEvents: 2,
      typingRatePerS: 1_000,
      frameRatePerS: 0,
      socketBufferMaxBytes: 20_000,
    },
    ports: (environment) => ({
      presence: breakable(createMemoryPresence(environment)),
      receipts: createMemoryReceipts(),
    }),
  })
  await world.members('general', 'alice', 'bob')
  alice = await world.connect('alice')
  bob = await world.connect('bob')
})
afterEach(() => world.close())

const say = async (socket: FakeSocket, ...envelopes: object[]) => {
  for (const envelope of envelopes) socket.say(envelope)
  await world.environment.settle()
}

describe('/metrics tells of a gateway', () => {
  it('how many sockets are open, came, went, and were refused', async () => {
    await world.connect('alice')
    world.open()
    alice.end(1001)
    world.open({ token: 'not one of ours' })
    await world.environment.settle()
    expect(
      await told(
        metrics,
        'connections',
        'connections_opened_total',
        'connections_closed_total{code="1001"}',
        'connections_refused_total{code="too_many_connections"}',
        'connections_refused_total{code="unauthorized"}',
      ),
    ).toEqual({
      connections: 2,
      connections_opened_total: 4,
      'connections_closed_total{code="1001"}': 1,
      'connections_refused_total{code="too_many_connections"}': 1,
      'connections_refused_total{code="unauthorized"}': 1,
    })
  })

  it('R12: what no push brought and the store did, and what was replaced by heads', async () => {
    world.bus.drops = () => true
    await world.send('general', 'bob')
    world.bus.drops = () => false
    await world.send('general', 'bob')
    expect(await told(metrics, 'repaired_events_total', 'skipped_events_total')).toEqual({
      repaired_events_total: 2,
      skipped_events_total: 0,
    })
    world.bus.drops = () => true
    for (let i = 0; i < 6; i++) await world.send('general', 'bob')
    world.bus.drops = () => false
    await world.send('general', 'bob')
    expect(await told(metrics, 'repaired_events_total', 'skipped_events_total')).toEqual({
      repaired_events_total: 2,
      skipped_events_total: 7,
    })
  })

  it('R10: channels that clients were told to reset', async () => {
    await world.operate('general', { kind: 'epoch.raise', epoch: 2, fromSeq: 2 })
    expect(bob.received('channel.reset')).toHaveLength(1)
    expect(await told(metrics, 'resets_total')).toEqual({ resets_total: 1 })
  })

  it('R13: that delivery stopped because the lease ran out', async () => {
    world.routes.leaseMs = 6_000
    await world.environment.advance(10_000)
    world.routes.failing = true
    await world.environment.advance(6_100)
    expect(await told(metrics, 'leases_lost_total')).toEqual({ leases_lost_total: 0 })
    world.routes.failing = false
    await world.environment.advance(1_000)
    expect(await told(metrics, 'leases_lost_total')).toEqual({ leases_lost_total: 1 })
  })

  it('[P-37] answers that nobody waits for', async () => {
    const answers: Answer[] = []
    world.bus.onPush = (batch) => answers.push(...batch.answers)
    await say(alice, world.command('general', { ref: 'r' }))
    world.gateway.receive({ channels: [], answers })
    expect(await told(metrics, 'answers_unclaimed_total')).toEqual({ answers_unclaimed_total: 1 })
  })

  it('I7: answers to commands of a socket that has too many without one', async () => {
    const commands = Array.from({ length: 7 }, (_, i) => world.command('general', { ref: `r${i}` }))
    await say(alice, ...commands)
    const acks = alice.received('message.ack').map(({ ref }: { ref: string }) => ref)
    expect(acks).toEqual(['r2', 'r3', 'r4', 'r5', 'r6'])
    // they are in the stream all the same
    expect(bob.received('message.new')).toHaveLength(7)
    expect(await told(metrics, 'answers_unclaimed_total')).toEqual({ answers_unclaimed_total: 2 })
  })

  it('I7: commands for which there was no room', async () => {
    await world.close()
    world = await createWorld({
      core: { gatewayMetrics: gatewayMetrics(metrics), acceptance: { pendingMax: 1 } },
    })
    await world.members('general', 'alice')
    alice = await world.connect('alice')
    await say(alice, world.command('general'), world.command('general'))
    const refused = 'frames_refused_total{code="unavailable"}'
    expect(await told(metrics, refused)).toEqual({ [refused]: 2 })
    await say(alice, world.command('general'))
    expect(alice.received('message.ack')).toHaveLength(1)
    expect(await told(metrics, refused)).toEqual({ [refused]: 2 })
  })

  it('I7: how many channels it follows, and whom it could not serve for it', async () => {
    const names = ['channels_followed', 'connections_refused_total{code="unavailable"}'] as const
    expect(await told(metrics, ...names)).toEqual({ [names[0]]: 1, [names[1]]: undefined })
    await world.members('more', 'alice')
    expect(await told(metrics, ...names)).toEqual({ [names[0]]: 2, [names[1]]: undefined })
    // who joins a channel too many is told of it when there is room
    await world.members('too many', 'bob', 'carol')
    expect(bob.received('channel.added')).toHaveLength(0)
    const carol = await world.connect('carol')
    expect(carol.received()).toMatchObject([{ type: 'error', code: 'unavailable' }])
    expect(await told(metrics, ...names)).toEqual({ [names[0]]: 2, [names[1]]: 1 })
    alice.end()
    for (let i = 0; i < 6; i++) {
      await world.environment.advance(15_000)
      await say(bob, { type: 'ping' })
    }
    expect(bob.received('channel.added')).toMatchObject([{ channel: { channel_id: 'too many' } }])
    expect(await told(metrics, names[0])).toEqual({ [names[0]]: 2 })
  })

  it('[P-101] I7: typing that is left out where it may not be sent on at once', async () => {
    // who serves the channel is not found out, and what comes meanwhile waits
    world.routes.port.lookup = () => new Promise(() => undefined)
    const typing = { type: 'typing', channel_id: 'general', state: 'start' }
    await say(alice, ...Array.from({ length: 2_050 }, () => typing))
    expect(await told(metrics, 'ephemeral_shed_total{kind="typing"}')).toEqual({
      'ephemeral_shed_total{kind="typing"}': 50,
    })
  })

  it('[P-101] I7: typing, presence and receipts that a slow reader is not sent, by their kind', async () => {
    await say(bob, { type: 'presence.subscribe', ref: 's', channel_id: 'general' })
    for (const slow of [alice, bob]) {
      slow.reading = false
      slow.buffered = 15_000
    }
    const rise = { channelId: 'general', userId: 'x', epoch: 1, seq: 1, messageCount: 0 }
    const presence = { kind: 'presence', userId: 'x', channelIds: ['general'] } as const
    world.gateway.receive({
      channels: [],
      answers: [],
      ephemeral: [
        { kind: 'typing', channelId: 'general', userId: 'x', state: 'start' },
        { ...presence, status: 'online' },
        { ...presence, status: 'away' },
        ...[1, 2, 3].map(() => ({
          kind: 'receipt' as const,
          ownOnly: false,
          rise: { kind: 'read' as const, ...rise },
        })),
      ],
    })
    const shed = (kind: string) => `ephemeral_shed_total{kind="${kind}"}`
    expect(await told(metrics, shed('typing'), shed('presence'), shed('receipt'))).toEqual({
      [shed('typing')]: 2,
      // only one of them asked who is there
      [shed('presence')]: 2,
      [shed('receipt')]: 6,
    })
  })

  it('I7: readers that fell behind, and channels whose members pull', async () => {
    bob.reading = false
    bob.buffered = 20_001
    await world.send('general', 'alice')
    expect(await told(metrics, 'slow_readers_total{step="behind"}', 'pulled_channels')).toEqual({
      'slow_readers_total{step="behind"}': 1,
      pulled_channels: 0,
    })
    bob.buffered = 0
    await world.close()
    world = await createWorld({
      core: { gatewayMetrics: gatewayMetrics(metrics) },
      gateway: { pullAboveMembers: 1 },
    })
    await world.members('giant', 'alice', 'bob')
    await world.connect('alice')
    await world.send('giant', 'bob')
    await world.environment.advance(1_000)
    const pulled = await told(metrics, 'pulled_channels', 'heads_told_total')
    expect(pulled).toEqual({ pulled_channels: 1, heads_told_total: 1 })
  })

  it('which tier answered for a page, and what was read for it', async () => {
    await world.members('archive', 'carol')
    for (let i = 0; i < 5; i++) await world.send('archive', 'carol')
    const carol = await world.connect('carol')
    await world.backfill(carol, 'archive', { after_seq: 5 })
    const tiers = () =>
      told(
        metrics,
        'backfills_total{tier="tail"}',
        'backfills_total{tier="store"}',
        'backfills_total{tier="cache"}',
      )
    const filled = (await told(metrics, reads))[reads]
    expect(Object.values(await tiers())).toEqual([1, undefined, undefined])
    for (let i = 0; i < 3; i++) await world.backfill(carol, 'archive', { after_seq: 1 })
    expect(Object.values(await tiers())).toEqual([1, 1, 2])
    expect((await told(metrics, reads))[reads]).toBe((filled ?? 0) + 1)
  })

  it('how long an event was on its way, once for all who get it', async () => {
    const way = () =>
      told(
        metrics,
        'delivery_seconds_count',
        'delivery_seconds_sum',
        'delivery_seconds_bucket{le="0.3"}',
        'delivery_seconds_bucket{le="2.5"}',
      )
    const before = await way()
    expect(before.delivery_seconds_sum).toBe(0)
    await world.send('general', 'alice', 'at once')
    // the digest of two seconds later tells of it
    world.bus.drops = (push) => push.events.length > 0
    await world.send('general', 'alice', 'its push is lost')
    await world.environment.advance(2_000)
    expect(bob.received('message.new')).toHaveLength(2)
    const [count = 0, , , soon = 0] = Object.values(before)
    expect(Object.values(await way())).toEqual([count + 2, 2, count + 1, soon + 2])
  })

  it('that nothing arrives before it was sent, whatever the clocks say', async () => {
    const { port } = world.bus
    const { push } = port
    // by the clock of the gateway it is earlier than it was where the event was accepted
    port.push = (processId, batch) => {
      world.environment.shiftWallClock(-1_000)
      return push(processId, batch)
    }
    await world.send('general', 'alice')
    expect(bob.received('message.new')).toHaveLength(1)
    expect(await told(metrics, 'delivery_seconds_sum')).toEqual({ delivery_seconds_sum: 0 })
  })

  it('I7: of how many users nobody has noted yet that they came or went', async () => {
    const waiting = async () => (await told(metrics, 'presence_waiting')).presence_waiting
    expect(await waiting()).toBe(2)
    isPresenceAway = true
    await world.environment.advance(5_000)
    expect(await waiting()).toBe(2)
    isPresenceAway = false
    await world.environment.advance(5_000)
    expect(await waiting()).toBe(0)
    alice.end()
    await world.environment.settle()
    expect(await waiting()).toBe(1)
    await world.environment.advance(30_000)
    expect(await waiting()).toBe(0)
  })
})

const reads = 'page_reads_total{source="store"}'

/** Who is there, unless that cannot be noted now. */
function breakable(presence: Presence): Presence {
  return {
    ...presence,
    note: async (processId, notes) => {
      if (isPresenceAway) throw new Error('presence is away')
      return presence.note(processId, notes)
    },
  }
}
