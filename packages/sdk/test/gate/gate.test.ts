import { describe, expect, it } from 'vitest'
import { LIVE_WITHIN_MS } from '../../src/gate/gate.js'
import { HELD_MAX } from '../../src/gate/turn.js'
import { at, gate, liveAt, range } from './set-up.js'

describe('the contiguity gate', () => {
  it('I9, [P-78]: emits what is next and drops what was emitted', () => {
    const g = liveAt(5).live(at(6), at(6), at(7), at(5), at(7), at(8))
    expect(g.said()).toEqual(['6', '7', '8'])
    expect(g.wanted()).toBeUndefined()
  })

  it('I9, [P-78]: holds what is above a hole, asks for exactly the hole, and goes on in order', () => {
    const g = liveAt(5).live(at(9), at(8), at(8))
    expect(g.said()).toEqual([])
    expect(g.state.held).toEqual([at(8), at(9)])
    expect(g.wanted()).toMatchObject({ kind: 'range', epoch: 1, after: 5, before: 8 })
    g.page(g.ask(), range(6, 7))
    expect(g.said()).toEqual(['6', '7', '8', '9'])
    expect(g.wanted()).toBeUndefined()
  })

  it('asks nothing more while an answer is on its way, then for the next hole', () => {
    const g = liveAt(5).live(at(8))
    const ask = g.ask()
    g.live(at(11))
    expect(g.wanted()).toBeUndefined()
    g.page(ask, range(6, 7))
    expect(g.said()).toEqual(['6', '7', '8'])
    expect(g.wanted()).toMatchObject({ after: 8, before: 11 })
  })

  it('fills a hole from late live frames and ignores what the page repeats', () => {
    const g = liveAt(5).live(at(8))
    const ask = g.ask()
    g.live(at(6), at(7))
    expect(g.said()).toEqual(['6', '7', '8'])
    g.page(ask, range(6, 7))
    expect(g.said()).toEqual([])
    expect(g.wanted()).toBeUndefined()
  })

  it('asks up to a head that was only named', () => {
    const g = liveAt(5)
    g.put({ type: 'head', epoch: 1, headSeq: 9 })
    expect(g.wanted()).toMatchObject({ after: 5, before: 10 })
  })

  it('takes page after page until the head', () => {
    const g = liveAt(5)
    g.put({ type: 'head', epoch: 1, headSeq: 9 })
    g.page(g.ask(), range(6, 7), { headSeq: 10 })
    expect(g.wanted()).toMatchObject({ after: 7, before: 11 })
  })

  it('I7, [P-78]: keeps a bounded number of events above a hole and remembers the head of the rest', () => {
    const g = liveAt(0).live(...range(2, HELD_MAX + 100))
    expect(g.state.held).toHaveLength(HELD_MAX)
    g.page(g.ask(), [at(1)])
    expect(g.said()).toHaveLength(HELD_MAX + 1)
    expect(g.wanted()).toMatchObject({ after: HELD_MAX + 1, before: HELD_MAX + 101 })
  })

  it('I7: a full hold gives up its newest for an older one', () => {
    const g = liveAt(0).live(...range(3, HELD_MAX + 2), at(2))
    expect(g.state.held[0]).toEqual(at(2))
    expect(g.state.held.at(-1)).toEqual(at(HELD_MAX + 1))
  })
})

describe('a start', () => {
  it('is the head when the channel is opened', () => {
    const g = gate()
    g.live(at(3), at(4))
    g.head(7)
    expect(g.wanted()).toBeUndefined()
    g.put({ type: 'open' })
    expect(g.said()).toEqual(['live 0'])
    g.live(at(7), at(8))
    expect(g.said()).toEqual(['8'])
  })

  it('is the kept position when it is opened again', () => {
    const g = liveAt(5)
    g.put({ type: 'close' })
    g.live(at(6), at(7))
    expect(g.said()).toEqual([])
    g.put({ type: 'open' })
    expect(g.wanted()).toMatchObject({ after: 5, before: 8 })
    g.page(g.ask(), range(6, 7))
    expect(g.said()).toEqual(['6', '7', 'live 2'])
  })

  it('asks for the entry of a channel that no answer named', () => {
    const g = gate()
    g.put({ type: 'open' })
    g.ask()
    expect(g.state.asked).toEqual({ kind: 'entry' })
    g.head(4)
    expect(g.said()).toEqual(['live 0'])
    expect(g.wanted()).toBeUndefined()
  })

  it('is the first live event when that comes before the entry', () => {
    const g = gate()
    g.put({ type: 'open' })
    g.live(at(9))
    expect(g.said()).toEqual(['9'])
    g.head(10)
    expect(g.wanted()).toMatchObject({ after: 9, before: 11 })
  })

  it('believes a new session about the head where nothing was emitted yet', () => {
    const g = gate()
    g.head(50)
    g.put({ type: 'disconnected' })
    g.head(3)
    g.put({ type: 'open' })
    g.live(at(4))
    expect(g.said()).toEqual(['live 0', '4'])
  })
})

describe('live', () => {
  it('lasts while the gate is less than five seconds behind', () => {
    const g = liveAt(5)
    g.put({ type: 'head', epoch: 1, headSeq: 7 }, 1_000)
    g.put({ type: 'tick' }, 1_000 + LIVE_WITHIN_MS - 1)
    expect(g.said()).toEqual([])
    g.put({ type: 'tick' }, 1_000 + LIVE_WITHIN_MS)
    expect(g.said()).toEqual(['syncing 0'])
  })

  it('lasts when each pull reaches the head it was asked for', () => {
    const g = liveAt(5)
    g.put({ type: 'head', epoch: 1, headSeq: 7 }, 0)
    const ask = g.ask()
    g.put({ type: 'head', epoch: 1, headSeq: 9 }, 4_000)
    g.put(
      {
        type: 'page',
        ask,
        page: { epoch: 1, toSeq: 7, asOfSeq: 9, headSeq: 9, oldestSeq: 1, events: range(6, 7) },
      },
      4_500,
    )
    g.put({ type: 'tick' }, 6_000)
    expect(g.said()).toEqual(['6', '7'])
  })
})

describe('a removal', () => {
  it('I9: ends the stream with explicit gaps for what is still missing', () => {
    const g = liveAt(5).live(at(8), at(10))
    g.put({ type: 'removed', epoch: 1, lastSeq: 12 })
    expect(g.said()).toEqual([
      'gap 6-7 not_visible',
      '8',
      'gap 9-9 not_visible',
      '10',
      'gap 11-12 not_visible',
      'removed 0',
    ])
    expect(g.wanted()).toBeUndefined()
    g.live(at(13))
    g.put({ type: 'head', epoch: 1, headSeq: 14 })
    expect(g.said()).toEqual([])
  })

  it('is undone by a new entry, and what lies between was not visible', () => {
    const g = liveAt(5)
    g.put({ type: 'removed', epoch: 1, lastSeq: 6 })
    g.head(20)
    g.page(g.ask(), range(18, 20), { oldestSeq: 18 })
    expect(g.said()).toEqual([
      'gap 6-6 not_visible',
      'removed 0',
      'reset 1 from 5',
      'gap 6-17 not_visible',
      '18',
      '19',
      '20',
      'live 3',
    ])
  })

  it('I9: that cut something off is gone back behind, when the user may see it after all', () => {
    const g = liveAt(5)
    g.put({ type: 'removed', epoch: 1, lastSeq: 8 })
    g.head(9)
    const ask = g.ask()
    expect(ask).toMatchObject({ after: 5 })
    g.page(ask, range(6, 9))
    expect(g.said()).toEqual([
      'gap 6-8 not_visible',
      'removed 0',
      'reset 1 from 5',
      '6',
      '7',
      '8',
      '9',
      'live 4',
    ])
  })

  it('that cut nothing off is undone without going back', () => {
    const g = liveAt(5)
    g.put({ type: 'removed', epoch: 1, lastSeq: 5 })
    g.head(7)
    g.page(g.ask(), range(6, 7))
    expect(g.said()).toEqual(['removed 0', '6', '7', 'live 2'])
  })
})
