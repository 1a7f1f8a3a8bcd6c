import { describe, expect, it } from 'vitest'
import { at, liveAt, range } from './set-up.js'

describe('catching up', () => {
  it('asks after a reconnect as soon as the head is told, and says how much was recovered', () => {
    const g = liveAt(5)
    g.put({ type: 'disconnected' })
    expect(g.said()).toEqual(['syncing 0'])
    g.head(7)
    g.page(g.ask(), range(6, 7))
    expect(g.said()).toEqual(['6', '7', 'live 2'])
  })

  it('asks up to whatever the head is when the new session did not name it', () => {
    const g = liveAt(5)
    g.put({ type: 'disconnected' })
    expect(g.wanted()).toEqual({ kind: 'range', epoch: 1, after: 5, minAsOf: undefined })
    g.page(g.ask(), [], { headSeq: 5, asOfSeq: 5, toSeq: 5 })
    expect(g.said()).toEqual(['syncing 0', 'live 0'])
  })

  it('ignores the answer of a session that ended', () => {
    const g = liveAt(5).live(at(7))
    const ask = g.ask()
    g.put({ type: 'disconnected' })
    g.page(ask, [at(6)])
    expect(g.said()).toEqual(['syncing 0'])
    expect(g.state.confirmed).toBe(false)
  })

  it('concedes a skipped gap when it is more than 500 behind and starts 50 below the head', () => {
    const g = liveAt(5)
    g.head(506)
    expect(g.said()).toEqual(['gap 6-456 skipped'])
    expect(g.wanted()).toMatchObject({ after: 456, before: 507 })
  })

  it('skips what it holds below its new start, so that one gap stands for all', () => {
    const g = liveAt(5).live(at(8), at(505))
    g.head(520)
    expect(g.said()).toEqual(['gap 6-470 skipped'])
    expect(g.wanted()).toMatchObject({ after: 470, before: 505 })
  })

  it('skips nothing at 500 behind, and never with catchUp all', () => {
    const g = liveAt(5)
    g.head(505)
    expect(g.said()).toEqual([])
    const all = liveAt(5, 'all')
    all.head(100_000)
    expect(all.wanted()).toMatchObject({ after: 5, before: 100_001 })
  })

  it('does not skip what an answer on its way may bring', () => {
    const g = liveAt(5).live(at(7))
    const ask = g.ask()
    g.live(...range(8, 700))
    expect(g.said()).toEqual([])
    g.page(ask, [at(6)])
    expect(g.said().slice(0, 3)).toEqual(['6', '7', '8'])
  })

  it('I9: an expired range is an explicit gap, up to what is held', () => {
    const g = liveAt(5).live(at(12))
    g.page(g.ask(), [at(10), at(11)], { oldestSeq: 10 })
    expect(g.said()).toEqual(['gap 6-9 expired', '10', '11', '12'])
  })

  it('I9: a gap never stands for an event that is held', () => {
    const g = liveAt(5).live(at(8))
    g.page(g.ask(), [], { oldestSeq: 20, toSeq: 0, headSeq: 30 })
    expect(g.said()).toEqual(['gap 6-7 expired', '8'])
    expect(g.wanted()).toMatchObject({ after: 8, before: 31 })
  })

  it('calls the gap not_visible where the history of the user begins', () => {
    const g = liveAt(5)
    g.head(12)
    g.page(g.ask(), range(10, 12), { oldestSeq: 10, notVisible: true })
    expect(g.said()).toEqual(['gap 6-9 not_visible', '10', '11', '12'])
  })
})

describe('a page', () => {
  it('older than the position that asked is thrown away and asked again past the caches', () => {
    const g = liveAt(5)
    g.head(9)
    g.page(g.ask(), range(3, 4), { asOfSeq: 4, headSeq: 4, oldestSeq: 8 })
    expect(g.said()).toEqual([])
    expect(g.wanted()).toMatchObject({ after: 5, before: 10, minAsOf: 9 })
  })

  it('without the wanted number is asked again with a higher min_as_of_seq', () => {
    const g = liveAt(5).live(at(8))
    g.page(g.ask(), [], { asOfSeq: 5, toSeq: 5, headSeq: 5 })
    expect(g.wanted()).toMatchObject({ minAsOf: 7 })
    g.page(g.ask(), range(6, 7))
    expect(g.said()).toEqual(['6', '7', '8'])
    expect(g.state.minAsOf).toBeUndefined()
  })

  it('that lacks a number it says it covers is believed only after several fresh ones', () => {
    const g = liveAt(5).live(at(9))
    for (let i = 0; i < 3; i += 1) g.page(g.ask(), range(7, 8))
    expect(g.said()).toEqual([])
    g.page(g.ask(), range(7, 8))
    expect(g.said()).toEqual(['gap 6-6 expired', '7', '8', '9'])
  })

  it('of an older epoch is thrown away', () => {
    const g = liveAt(5)
    g.put({ type: 'reset', epoch: 2, fromSeq: 5 })
    g.said()
    g.page(g.ask(), [at(6)], { epoch: 1 })
    expect(g.said()).toEqual([])
    expect(g.state.misses).toBe(1)
  })

  it('of another request is ignored', () => {
    const g = liveAt(5).live(at(8))
    const first = g.ask()
    g.put({ type: 'failed', ask: first })
    g.ask()
    g.page(first, range(6, 7))
    expect(g.said()).toEqual([])
  })
})
