import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ChatPage } from './support/chat-page.js'
import { throttleTimers } from './support/throttle-timers.js'
import { World } from './support/world.js'

const minutes = 3
const durationMs = minutes * 60_000

describe('a tab whose timers fire once a minute', () => {
  let world: World

  beforeAll(async () => {
    world = await World.open()
  })
  afterAll(async () => {
    await world?.close()
  })

  it(`stays connected for ${minutes} minutes, on one socket, and still hears and speaks`, {
    timeout: durationMs + 120_000,
  }, async () => {
    const context = await world.context()
    await context.addInitScript(throttleTimers)
    const hidden = new ChatPage(await context.newPage())
    const sockets = { opened: 0, closed: 0 }
    hidden.page.on('websocket', (socket) => {
      sockets.opened += 1
      socket.on('close', () => {
        sockets.closed += 1
      })
    })
    await hidden.comeIn(world.server.url, 'Hidden')
    const since = performance.now()
    const grace = await world.user('Grace')

    let said = 0
    await vi.waitFor(
      async () => {
        // Its own silence is what is tested, so nothing is sent to it but at the end of each minute.
        const minute = Math.floor((performance.now() - since) / 60_000)
        if (minute > said) {
          said = minute
          await grace.write(`minute ${minute}`)
        }
        expect(sockets).toEqual({ opened: 1, closed: 0 })
        expect(performance.now() - since).toBeGreaterThan(durationMs)
      },
      { timeout: durationMs + 60_000, interval: 1_000 },
    )

    await hidden.hasReceived('minute 1', 'minute 2', 'minute 3')
    await hidden.write('I was here all the time')
    await grace.hasReceived('minute 3', 'I was here all the time')
    await hidden.hasPending()
    expect(sockets).toEqual({ opened: 1, closed: 0 })
    expect(await hidden.texts()).toEqual(await grace.texts())
    expect(world.faults).toEqual([])
  })
})
