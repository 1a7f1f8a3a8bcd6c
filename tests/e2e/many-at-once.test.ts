import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type System, startSystem } from './support/system.js'
import { eventually, watch } from './support/watch.js'

let system: System
beforeEach(async () => {
  system = await startSystem({ frameRatePerS: 100 })
  await system.channel('general', 'bot', 'alice')
}, 120_000)
afterEach(() => system.end(), 120_000)

describe('a bot that says more at once than a server takes frames', { timeout: 180_000 }, () => {
  it('I3, I7: gets all of it through on one connection, each once', async () => {
    const alice = system.device('alice', { catchUp: 'all' }).client.channel('general')
    const seen = watch(alice)
    const bot = system.device('bot', { outbox: { pipeline: 1_000 } }).client
    await Promise.all([alice.ready(), bot.channel('general').ready()])
    const statuses: string[] = []
    bot.on('status', ({ current }) => statuses.push(current))
    const texts = Array.from({ length: 600 }, (_, i) => `line ${i}`)
    await Promise.all(texts.map((text) => bot.channel('general').send(text)))
    await eventually(() => expect(seen.messages).toHaveLength(600))
    expect(new Set(seen.texts())).toEqual(new Set(texts))
    expect(statuses).toEqual([])
  })

  it('[P-102] I2, I3: gets 2,000 in 50 channels through in order, over a server that comes back', async () => {
    const names = Array.from({ length: 50 }, (_, n) => `channel-${n}`)
    for (const name of names) await system.channel(name, 'bot', 'alice')
    const alice = system.device('alice', { catchUp: 'all' }).client
    const seen = names.map((name) => watch(alice.channel(name)))
    const bot = system.device('bot', { outbox: { maxRows: 2_000 } }).client
    await Promise.all(names.map((name) => alice.channel(name).ready()))
    const errors: unknown[] = []
    bot.on('status', ({ reason }) => errors.push(reason?.code))
    const texts = Array.from({ length: 40 }, (_, i) => `line ${i}`)
    const sent = Promise.all(
      texts.flatMap((text) => names.map((name) => bot.channel(name).send(text))),
    )
    await eventually(() => expect(bot.outbox.list().length).toBeLessThan(1_500))
    await system.stop()
    await system.start()
    await sent
    await eventually(() => {
      for (const one of seen) expect(one.texts()).toEqual(texts)
    })
    expect(errors).not.toContain('rate_limited')
  })
})
