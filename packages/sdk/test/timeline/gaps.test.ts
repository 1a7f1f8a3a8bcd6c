import { describe, expect, it } from 'vitest'
import type { Asked } from '../channel/fake-server.js'
import { look, target, withMessages } from './set-up.js'

describe('a timeline with a gap', () => {
  it('shows a gap in its place, and what fills it', async () => {
    const line = withMessages(3)
    const { timeline, shown } = await look(line)
    line.connection.disconnect()
    for (let i = 4; i <= 603; i += 1) line.channel().append({ type: 'message.new', text: `${i}` })
    line.connect()
    await line.advance(100)
    expect(shown().slice(2, 6)).toEqual(['3', 'gap 4-553 skipped', '554', '555'])
    const gap = timeline.getSnapshot().items[3]
    if (gap?.kind !== 'gap') throw new Error('no gap')
    const [page] = await Promise.all([gap.fill({ limit: 2 }), line.advance(100)])
    expect(shown().slice(2, 7)).toEqual(['3', 'gap 4-551 skipped', '552', '553', '554'])
    expect(timeline.getSnapshot().items[3]).toMatchObject({ key: gap.key })
    await Promise.all([page.next(), gap.fill({ limit: 2 }), line.advance(100)])
    expect(shown().slice(2, 7)).toEqual(['3', 'gap 4-549 skipped', '550', '551', '552'])
  })

  it('closes a gap when all of it is there, and says what has expired meanwhile', async () => {
    const line = withMessages(3)
    const { timeline, shown } = await look(line)
    line.connection.disconnect()
    for (let i = 4; i <= 510; i += 1) line.channel().append({ type: 'message.new', text: `${i}` })
    line.connect()
    await line.advance(100)
    line.channel().oldestSeq = 400
    const gap = timeline.getSnapshot().items[3]
    if (gap?.kind !== 'gap') throw new Error('no gap')
    await Promise.all([gap.fill({ limit: 100 }), line.advance(100)])
    expect(shown().slice(3, 6)).toEqual(['gap 4-399 expired', '400', '401'])
    expect(shown()).not.toContain('gap 4-460 skipped')
  })

  it('reads again what lies below a gap: it may have changed inside it', async () => {
    const line = withMessages(3)
    const { shown } = await look(line)
    line.connection.disconnect()
    line.channel().append({ type: 'message.deleted', ...target(line, 2) })
    for (let i = 5; i <= 603; i += 1) line.channel().append({ type: 'message.new', text: `${i}` })
    line.connect()
    await line.settle()
    expect(shown().slice(0, 4)).toEqual(['1', '2', '3', 'gap 4-553 skipped'])
    await line.advance(100)
    expect(shown().slice(0, 5)).toEqual(['1', '(deleted)', '3', 'gap 4-553 skipped', '554'])
  })

  it('keeps two gaps apart, whichever is read around first', async () => {
    const line = withMessages(3)
    const { timeline, shown } = await look(line)
    const held: Asked[] = []
    const answers = line.onRequest
    line.onRequest = (asked) => {
      const isBackward =
        asked.frame.type === 'backfill.request' && asked.frame.direction === 'backward'
      if (isBackward) held.push(asked)
      else answers(asked)
    }
    for (let round = 0; round < 2; round += 1) {
      line.connection.disconnect()
      held.length = 0
      for (let i = 0; i < 600; i += 1) line.channel().append({ type: 'message.new', text: 'x' })
      line.connect()
      await line.advance(100)
    }
    for (const asked of held.reverse()) {
      line.answer(asked)
      await line.settle()
    }
    line.onRequest = answers
    while (timeline.getSnapshot().hasOlder) {
      await Promise.all([timeline.loadOlder({ limit: 100 }), line.advance(100)])
    }
    expect(shown().filter((text) => text.startsWith('gap'))).toEqual(['gap 604-1153 skipped'])
    expect(shown()).toHaveLength(603 + 1 + 50)
  })

  it('takes no page from before a gap', async () => {
    const line = withMessages(80)
    const { timeline, shown } = await look(line)
    line.latencyMs = 10_000
    const older = timeline.loadOlder()
    await line.settle()
    line.cache = line.channel().cache()
    line.onPush = () => {}
    line.happen({ type: 'message.deleted', ...target(line, 20) })
    for (let i = 0; i < 600; i += 1) line.say('x')
    line.connection.receive(line.channel().headFrame())
    line.latencyMs = 10
    await Promise.all([older, line.advance(30_000)])
    expect(shown().slice(18, 21)).toEqual(['19', '(deleted)', '21'])
  })

  it('puts nothing that was read around a gap into what began anew since', async () => {
    const line = withMessages(80)
    const { timeline, shown } = await look(line)
    line.connection.disconnect()
    for (let i = 0; i < 600; i += 1) line.channel().append({ type: 'message.new', text: 'x' })
    const held: Asked[] = []
    line.onRequest = (asked) => held.push(asked)
    line.connect()
    await line.settle()
    line.reset(40)
    const events = ['a', 'b'].map((text) => line.channel().append({ type: 'message.new', text }))
    for (const asked of held.splice(0)) {
      if (asked.frame.type === 'backfill.request' && asked.frame.before_seq === 81)
        line.answer(asked)
    }
    await line.settle()
    for (const event of events) line.connection.receive(event)
    expect(shown()).toEqual(['a', 'b'])
    expect(timeline.getSnapshot().hasOlder).toBe(true)
  })
})
