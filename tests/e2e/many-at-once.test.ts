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
})
