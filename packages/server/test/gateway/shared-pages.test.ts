import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryRecentEngine } from '../../src/adapters/memory/recent-events.js'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { createRecentEvents } from '../../src/adapters/recent-events/recent-events.js'
import { until } from '../support/wait.js'
import { createGateways } from './gateways.js'
import type { FakeSocket } from './socket.js'

const GATEWAYS = 3
const CLIENTS = 300

let world: Awaited<ReturnType<typeof createGateways>>
beforeEach(async () => {
  const engine = createMemoryRecentEngine({ environment: nodeEnvironment })
  world = await createGateways({
    environment: nodeEnvironment,
    count: GATEWAYS,
    recentOf: async () => createRecentEvents(engine, { environment: nodeEnvironment }),
  })
})
afterEach(() => world.close())

const page = (socket: FakeSocket) => socket.received('message.backfill').at(-1)
const send = (text: string) => world.act('u0', { type: 'message.send', channel_id: 'c1', text })

describe('pages that all gateways share', () => {
  it('a storm of reconnects over all gateways reads each range from the store once', async () => {
    const users = Array.from({ length: CLIENTS }, (_, i) => `u${i}`)
    await world.members('c1', users)
    for (let i = 0; i < 200; i++) await send(`${i}`)
    const head = CLIENTS + 200
    world.store.reset()
    const sockets = await Promise.all(users.map((user, i) => world.connect(i, user)))
    sockets.forEach((socket, i) => {
      // most are a little behind, each another bit; some are far behind
      const after_seq = i % 10 === 0 ? 100 : head - 1 - (i % 80)
      const request = { type: 'backfill.request', ref: 'b', channel_id: 'c1', direction: 'forward' }
      socket.say({ ...request, after_seq, limit: 100 })
    })
    await until('all have their page', () => sockets.every(page))
    sockets.forEach((socket, i) => {
      expect(page(socket)).toMatchObject({ head_seq: head })
      expect(page(socket).messages.length).toBe(i % 10 === 0 ? 100 : 1 + (i % 80))
    })
    expect(world.store.pages.map(({ direction }) => direction).toSorted()).toEqual([
      'backward',
      'forward',
    ])
    expect(world.metrics.counts).toMatchObject({
      'pageRead store': 2,
      'pageRead recent': 2 * (GATEWAYS - 1),
    })
  })

  it('R9: an edit and a delete are in the page of every gateway, whichever read it before', async () => {
    await world.members('c1', ['u0', 'u1', 'u2'])
    const kept = await send('first')
    const gone = await send('second')
    const ask = async (index: number) => {
      const socket = await world.connect(index, `u${index}`)
      const request = {
        type: 'backfill.request',
        ref: 'b',
        channel_id: 'c1',
        direction: 'backward',
      }
      socket.say({ ...request, limit: 100 })
      await until('the page is there', () => page(socket) !== undefined)
      return page(socket).messages.filter(({ type }: { type: string }) => type === 'message.new')
    }
    expect(await ask(0)).toMatchObject([{ text: 'first' }, { text: 'second' }])
    const target = (of: typeof kept) => ({
      channel_id: 'c1',
      target_seq: of.channel_seq,
      target_message_id: of.message_id,
    })
    await world.act('u0', { type: 'message.edit', text: 'changed', ...target(kept) })
    await world.act('u0', { type: 'message.delete', ...target(gone) })
    for (const index of [1, 2, 0]) {
      const [first, second] = await ask(index)
      expect(first).toMatchObject({ text: 'changed' })
      expect(second.text).toBeUndefined()
      expect(second.deleted_seq).toBeGreaterThan(0)
    }
  })
})
