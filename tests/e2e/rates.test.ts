import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type System, startSystem } from './support/system.js'
import { eventually, watch } from './support/watch.js'

let system: System
beforeEach(async () => {
  system = await startSystem({ sendRatePerS: 5, sendBurst: 5 })
  await system.channel('general', 'bot', 'alice')
}, 120_000)
afterEach(() => system.end(), 120_000)

describe('a bot with more to say than the server allows', { timeout: 180_000 }, () => {
  it('[P-48] paces itself: nothing is refused, nothing is lost, and the order is kept', async () => {
    const alice = system.device('alice').client.channel('general')
    const seen = watch(alice)
    const bot = system.device('bot').client
    await Promise.all([alice.ready(), bot.channel('general').ready()])
    const begun = performance.now()
    const texts = Array.from({ length: 25 }, (_, i) => `line ${i}`)
    await Promise.all(texts.map((text) => bot.channel('general').send(text)))
    await eventually(() => expect(seen.texts()).toEqual(texts))
    // five at once, then five a second
    expect(performance.now() - begun).toBeGreaterThan(3_000)
    expect(bot.outbox.list()).toEqual([])
  })

  it('on two devices that know nothing of each other gets it through as well', async () => {
    const bots = [system.device('bot').client, system.device('bot').client]
    const alice = system.device('alice').client.channel('general')
    const seen = watch(alice)
    await alice.ready()
    await Promise.all(
      bots.flatMap((bot, b) =>
        Array.from({ length: 10 }, (_, i) => bot.channel('general').send(`${b} ${i}`)),
      ),
    )
    await eventually(() => expect(seen.messages).toHaveLength(20))
    for (const b of [0, 1]) {
      const mine = seen.texts().filter((text) => text.startsWith(`${b} `))
      expect(mine).toEqual(Array.from({ length: 10 }, (_, i) => `${b} ${i}`))
    }
  })
})
