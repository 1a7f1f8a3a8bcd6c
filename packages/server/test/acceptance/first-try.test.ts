import { describe, expect, it } from 'vitest'
import { createWorld } from './world.js'

const DAY_MS = 24 * 60 * 60 * 1000

describe('the time of the first try', () => {
  it('[P-40] R4: refuses a command first tried more than 6 days ago, outcome unknown', async () => {
    const world = createWorld()
    const now = world.environment.now()
    const old = await world.submitOne(world.send({ first_try_ts: now - 6 * DAY_MS - 1 }))
    expect(old).toMatchObject({ status: 'refused', code: 'send_too_old', outcome: 'unknown' })
    const young = await world.submitOne(world.send({ first_try_ts: now - 6 * DAY_MS }))
    expect(young).toEqual({ status: 'appended' })
    expect(world.appended).toHaveLength(1)
  })

  it('[P-40] R4: refuses a command more than 5 minutes ahead of the server', async () => {
    const world = createWorld()
    const now = world.environment.now()
    const ahead = await world.submitOne(world.send({ first_try_ts: now + 300_001 }))
    expect(ahead).toMatchObject({ code: 'send_from_future', outcome: 'rejected' })
    expect(await world.submitOne(world.send({ first_try_ts: now + 300_000 }))).toEqual({
      status: 'appended',
    })
  })

  it('[P-40] judges no time inside client_msg_id', async () => {
    const world = createWorld()
    // a UUIDv7 of the year 1970
    const client_msg_id = '00000000-0000-7000-8000-000000000000'
    expect(await world.submitOne(world.send({ client_msg_id }))).toEqual({ status: 'appended' })
  })
})
