import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createWorld, type World } from './world.js'

let world: World
beforeEach(async () => {
  world = await createWorld()
  await world.members('general', 'alice', 'bob')
})
afterEach(async () => {
  world.routes.failing = false
  await world.close()
})

/** Renewals from now on give a lease of 6 s, and then none. */
async function shorten(): Promise<void> {
  world.routes.leaseMs = 6_000
  await world.environment.advance(10_000)
}

/** From now on nobody answers renewals, until the last of them is answered and all goes on as before. */
function answerRenewalsLater(): () => void {
  const { port } = world.routes
  const { renew } = port
  let grant = () => {}
  port.renew = () =>
    new Promise((resolve) => {
      grant = () => resolve({ leaseMs: 6_000 })
    })
  return () => {
    port.renew = renew
    grant()
  }
}

describe('the lease (R13)', () => {
  it('is renewed in good time, and delivery goes on', async () => {
    await shorten()
    const alice = await world.connect('alice')
    await world.environment.advance(15_000)
    await world.send('general', 'bob')
    expect(alice.received('message.new')).toHaveLength(1)
  })

  it('when it may be over nothing is delivered, served or taken in, and every session starts anew after it', async () => {
    await shorten()
    const alice = await world.connect('alice')
    world.routes.failing = true
    await world.environment.advance(6_100)
    await world.send('general', 'bob')
    expect(alice.received('message.new')).toEqual([])
    expect(await world.backfill(alice, 'general')).toMatchObject({ code: 'unavailable' })
    expect((await world.connect('bob')).closedWith).toBe(4503)
    world.routes.failing = false
    await world.environment.advance(1_000)
    expect(alice.closedWith).toBe(4503)
    expect(alice.received('error').at(-1)).toMatchObject({
      code: 'unavailable',
      retry_after_ms: expect.any(Number),
    })
    expect(world.metrics.counts.leaseLost).toBe(1)
    const again = await world.connect('alice', { general: 2 })
    expect(again.received()[0]).toMatchObject({ resume: 'full', channels: [{ head_seq: 3 }] })
  })

  it('is counted from before the renewal was sent', async () => {
    await shorten()
    const alice = await world.connect('alice')
    // the answer to a renewal takes so long that what it grants is over when it comes
    const answer = answerRenewalsLater()
    await world.environment.advance(8_100)
    answer()
    await world.environment.settle()
    await world.send('general', 'bob')
    expect(alice.received('message.new')).toEqual([])
    await world.environment.advance(3_000)
    expect(alice.closedWith).toBe(4503)
  })

  it('I6: it was over when a renewal that was sent in time is answered too late, and what came meanwhile is not lost', async () => {
    await shorten()
    const alice = await world.connect('alice')
    const answer = answerRenewalsLater()
    // the lease of before is over, and that of the renewal, which was sent 2 s later, is not
    await world.environment.advance(6_500)
    await world.send('general', 'bob')
    expect(alice.received('message.new')).toEqual([])
    answer()
    await world.environment.settle()
    expect(alice.closedWith).toBe(4503)
    const again = await world.connect('alice', { general: 2 })
    expect(again.received()[0]).toMatchObject({ resume: 'full', channels: [{ head_seq: 3 }] })
  })
})
