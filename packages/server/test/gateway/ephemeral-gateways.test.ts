import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryPresence } from '../../src/adapters/memory/presence.js'
import { createMemoryReceipts } from '../../src/adapters/memory/receipts.js'
import { createMemoryRecentEvents } from '../../src/adapters/memory/recent-events.js'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { until } from '../support/wait.js'
import { createGateways } from './gateways.js'
import type { FakeSocket } from './socket.js'

const environment = nodeEnvironment
let world: Awaited<ReturnType<typeof createGateways>>
let alice: FakeSocket
let bob: FakeSocket
let elsewhere: FakeSocket
beforeEach(async () => {
  world = await createGateways({
    environment,
    count: 3,
    recentOf: async () => createMemoryRecentEvents({ environment }),
    ports: { presence: createMemoryPresence(environment), receipts: createMemoryReceipts() },
    gateway: { presenceIntervalMs: 20, presenceGraceMs: 0, receiptsIntervalMs: 5 },
  })
  await world.members('c1', ['alice', 'bob'])
  await world.members('other', ['carol'])
  alice = await world.connect(0, 'alice')
  bob = await world.connect(1, 'bob')
  elsewhere = await world.connect(2, 'carol')
})
afterEach(() => world.close())

describe('over several gateways', () => {
  it('[P-96] typing reaches members at the others, and gateways without the channel get nothing of it', async () => {
    alice.say({ type: 'typing', channel_id: 'c1', state: 'start' })
    await until('bob is told', () => bob.received('typing.update').length === 1)
    expect(bob.received('typing.update')).toMatchObject([{ user_id: 'alice', state: 'start' }])
    expect(elsewhere.received('typing.update')).toEqual([])
  })

  it('[P-98] presence is of all devices, wherever they are', async () => {
    bob.say({ type: 'presence.subscribe', ref: 's', channel_id: 'c1' })
    const second = await world.connect(2, 'alice')
    const last = () => bob.received('presence.update').at(-1)?.status
    const snapshot = () => bob.received('presence.snapshot')[0]?.users
    await until(
      'bob knows of alice',
      () => last() === 'online' || snapshot()?.[0].status === 'online',
    )
    alice.say({ type: 'presence.set', status: 'away' })
    second.say({ type: 'presence.set', status: 'away' })
    await until('both are away', () => last() === 'away')
    second.end()
    alice.say({ type: 'presence.set', status: 'online' })
    await until('one is back', () => last() === 'online')
    alice.end()
    await until('nobody is left', () => last() === 'offline')
  })

  it('[P-92] [P-93] a receipt reaches members and own devices at the others, and their next hello', async () => {
    const second = await world.connect(2, 'bob')
    const { channel_seq } = await world.act('alice', {
      type: 'message.send',
      channel_id: 'c1',
      text: 'hello',
    })
    bob.say({ type: 'receipt.read', channel_id: 'c1', seq: channel_seq })
    for (const socket of [alice, second]) {
      await until('it is told', () => socket.received('receipt.update').length > 0)
      expect(socket.received('receipt.update')[0]).toMatchObject({
        kind: 'read',
        user_id: 'bob',
        seq: channel_seq,
        message_count: 1,
      })
    }
    const third = await world.connect(0, 'bob')
    const [{ channels }] = third.received('hello_ack')
    expect(channels).toMatchObject([{ read_seq: channel_seq, read_message_count: 1 }])
    expect(elsewhere.received('receipt.update')).toEqual([])
  })
})
