import type { Message } from '@tidings/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type System, startSystem } from './support/system.js'
import { eventually } from './support/watch.js'

const COUNT = 2_000
let system: System
beforeAll(async () => {
  system = await startSystem()
  await system.channel('general', 'alice', 'bob')
  for (let i = 0; i < COUNT; i += 100) {
    const texts = Array.from({ length: 100 }, (_, n) => `message ${i + n}`)
    // one after the other is the order; the ids make it safe to try again
    await Promise.all(
      texts.map((text) => system.platform.messages.send('general', text, { userId: 'alice' })),
    )
  }
}, 120_000)
afterAll(() => system.end(), 120_000)

const numberOf = ({ text }: { text: string }) => Number(text.split(' ')[1])

describe(`${COUNT} messages`, { timeout: 180_000 }, () => {
  it('I2, I6: are read page by page, each once, from the newest to the first', async () => {
    const bob = system.device('bob').client.channel('general')
    const all: Message[] = []
    let page = await bob.history({ limit: 77 })
    for (;;) {
      all.unshift(...page.items)
      if (!page.hasNext) break
      const next = await page.next()
      if (next === undefined) throw new Error('a page was promised')
      page = next
    }
    expect(all).toHaveLength(COUNT)
    expect(new Set(all.map(numberOf)).size).toBe(COUNT)
    const seqs = all.map(({ channelSeq }) => channelSeq)
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b))
  })

  it('are all there for who iterates over events', async () => {
    const bob = system.device('bob').client.channel('general')
    let count = 0
    for await (const item of bob.events({ after: 0 })) {
      if (item.kind === 'message') count++
      if (count === COUNT) break
    }
    expect(count).toBe(COUNT)
  })

  it('are scrolled through in a timeline', async () => {
    const { timeline } = system.device('bob').client.channel('general')
    const stop = timeline.subscribe(() => undefined)
    await eventually(() => expect(timeline.getSnapshot().items).toHaveLength(50))
    while (timeline.getSnapshot().hasOlder) await timeline.loadOlder({ limit: 100 })
    const { items } = timeline.getSnapshot()
    expect(items).toHaveLength(COUNT)
    expect(items.every(({ kind }) => kind === 'message')).toBe(true)
    stop()
  })

  it('are the same over REST', async () => {
    const found: number[] = []
    let page = await system.as('bob').messages.history('general', { limit: 100, only: 'messages' })
    for (;;) {
      for (const item of page.items) if (item.kind === 'message') found.push(item.channelSeq)
      const older = await page.older()
      if (older === undefined) break
      page = older
    }
    expect(new Set(found).size).toBe(COUNT)
  })
})
