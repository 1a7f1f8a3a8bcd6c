import { describe, expect, it } from 'vitest'
import { LIVE_WITHIN_MS, step, wanted } from '../../src/gate/gate.js'
import {
  type Ask,
  type GateEffect,
  type GateInput,
  type GatePage,
  type GateState,
  initialGate,
  type Numbered,
} from '../../src/gate/state.js'
import { HELD_MAX } from '../../src/gate/turn.js'

const at = (channelSeq: number, epoch = 1): Numbered => ({ channelSeq, epoch })
const range = (from: number, to: number, epoch = 1): Numbered[] =>
  Array.from({ length: to - from + 1 }, (_, i) => at(from + i, epoch))

/** One gate with what it said so far, in the shorthand of these tests. */
function gate(catchUp: 'recent' | 'all' = 'recent') {
  let state: GateState<Numbered> = initialGate
  const said: string[] = []
  const say = (effect: GateEffect<Numbered>): string => {
    if (effect.type === 'event') return `${effect.event.channelSeq}`
    if (effect.type === 'gap') return `gap ${effect.fromSeq}-${effect.toSeq} ${effect.reason}`
    if (effect.type === 'reset') return `reset ${effect.epoch} from ${effect.fromSeq}`
    return `${effect.state} ${effect.recovered}`
  }
  const put = (input: GateInput<Numbered>, nowMs = 0): void => {
    const next = step(state, input, nowMs, { catchUp })
    state = next.state
    said.push(...next.effects.map(say))
  }
  const g = {
    get state() {
      return state
    },
    put,
    live: (...events: Numbered[]) => {
      for (const event of events) put({ type: 'event', event })
      return g
    },
    head: (headSeq: number, epoch = 1) => put({ type: 'head', epoch, headSeq, entry: true }),
    /** Takes what the gate wants, as the scheduler would. */
    ask: (): Ask => {
      const ask = wanted(state)
      if (ask === undefined) throw new Error('nothing is wanted')
      put({ type: 'asked', ask })
      return ask
    },
    page: (ask: Ask, events: Numbered[], more: Partial<GatePage<Numbered>> = {}) => {
      const toSeq = events.at(-1)?.channelSeq ?? 0
      const page = { epoch: 1, toSeq, asOfSeq: 1e6, headSeq: toSeq, oldestSeq: 1, events, ...more }
      put({ type: 'page', ask, page })
    },
    said: () => said.splice(0),
    wanted: () => wanted(state),
  }
  return g
}

function liveAt(headSeq: number, catchUp: 'recent' | 'all' = 'recent') {
  const g = gate(catchUp)
  g.head(headSeq)
  g.put({ type: 'open' })
  expect(g.said()).toEqual(['live 0'])
  return g
}

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

describe('an epoch', () => {
  it('[P-18] drops what was emitted above its start and goes on from there', () => {
    const g = liveAt(9)
    g.put({ type: 'reset', epoch: 2, fromSeq: 6 })
    expect(g.said()).toEqual(['reset 2 from 6', 'syncing 0'])
    g.page(g.ask(), range(7, 8, 2), { epoch: 2 })
    expect(g.said()).toEqual(['7', '8', 'live 2'])
  })

  it('keeps a position below its start', () => {
    const g = liveAt(3)
    g.put({ type: 'reset', epoch: 2, fromSeq: 6 })
    const ask = g.ask()
    expect(ask).toMatchObject({ epoch: 2, after: 3 })
    g.page(ask, [...range(4, 6, 1), at(7, 2)], { epoch: 2 })
    expect(g.said()).toEqual(['reset 2 from 6', 'syncing 0', '4', '5', '6', '7', 'live 4'])
  })

  it('[P-17] that has passed has no live frames', () => {
    const g = liveAt(9)
    g.put({ type: 'reset', epoch: 2, fromSeq: 6 })
    g.said()
    g.live(at(7), at(10))
    expect(g.said()).toEqual([])
    expect(g.state.held).toEqual([])
  })

  it('[P-17] without its reset is held, and the gate asks under the epoch it knows', () => {
    const g = liveAt(5).live(at(4, 2))
    expect(g.said()).toEqual(['syncing 0'])
    expect(g.wanted()).toEqual({ kind: 'range', epoch: 1, after: 5, minAsOf: undefined })
    g.put({ type: 'reset', epoch: 2, fromSeq: 3 })
    expect(g.said()).toEqual(['reset 2 from 3', '4'])
  })

  it('frees no number of the old one while a newer one waits', () => {
    const g = liveAt(5).live(at(6, 2))
    g.page(g.ask(), [at(6, 2)], { epoch: 2 })
    expect(g.said()).toEqual(['syncing 0'])
    g.put({ type: 'reset', epoch: 2, fromSeq: 5 })
    expect(g.said()).toEqual(['reset 2 from 5', '6'])
  })

  it('is not reached by the reset of one between', () => {
    const g = liveAt(5).live(at(6, 3))
    g.put({ type: 'reset', epoch: 2, fromSeq: 5 })
    g.put({ type: 'head', epoch: 2, headSeq: 5 })
    expect(g.said()).toEqual(['syncing 0', 'reset 2 from 5'])
    expect(g.wanted()).toMatchObject({ epoch: 2, after: 5 })
    g.put({ type: 'reset', epoch: 3, fromSeq: 5 })
    expect(g.said()).toEqual(['reset 3 from 5', '6'])
  })

  it('voids the request that is on its way', () => {
    const g = liveAt(5).live(at(7))
    const ask = g.ask()
    g.put({ type: 'reset', epoch: 2, fromSeq: 5 })
    g.page(ask, [at(6)], { epoch: 2 })
    expect(g.said()).toEqual(['reset 2 from 5', 'syncing 0'])
  })

  it('is followed through an entry that states where it started', () => {
    const g = liveAt(9)
    g.put({ type: 'disconnected' })
    g.said()
    g.put({ type: 'head', epoch: 3, headSeq: 7, fromSeq: 5, entry: true })
    expect(g.said()).toEqual(['reset 3 from 5'])
    expect(g.wanted()).toMatchObject({ epoch: 3, after: 5, before: 8 })
  })

  it('that a head names without its start makes the gate ask', () => {
    const g = liveAt(9)
    g.put({ type: 'head', epoch: 2, headSeq: 20 })
    expect(g.said()).toEqual(['syncing 0'])
    expect(g.wanted()).toMatchObject({ epoch: 1, after: 9 })
  })

  it('is reset once: a repeat, and the reset of an older one, change nothing', () => {
    const g = liveAt(9)
    g.put({ type: 'reset', epoch: 3, fromSeq: 6 })
    g.page(g.ask(), range(7, 8, 3), { epoch: 3 })
    g.said()
    g.put({ type: 'reset', epoch: 3, fromSeq: 6 })
    g.put({ type: 'reset', epoch: 2, fromSeq: 4 })
    expect(g.said()).toEqual([])
    expect(g.state.position).toBe(8)
  })

  it('may lose its end: the same epoch is reset to the head when our number is above it', () => {
    const g = liveAt(9).live(at(12))
    g.put({ type: 'reset', epoch: 1, fromSeq: 4 })
    expect(g.said()).toEqual(['reset 1 from 4', 'syncing 0'])
    expect(g.state).toMatchObject({ position: 4, held: [], head: 4 })
  })

  it('[P-65] may turn out shorter than was heard: the head is lowered, the position stays', () => {
    const g = liveAt(5).live(at(12))
    g.put({ type: 'reset', epoch: 1, fromSeq: 8 })
    expect(g.said()).toEqual(['reset 1 from 8', 'syncing 0'])
    g.page(g.ask(), range(6, 8), { headSeq: 8 })
    expect(g.said()).toEqual(['6', '7', '8', 'live 3'])
  })

  it('[P-25] the same, told by the entry of a new session', () => {
    const g = liveAt(9)
    g.put({ type: 'disconnected' })
    g.said()
    g.put({ type: 'head', epoch: 1, headSeq: 6, fromSeq: 6, entry: true })
    expect(g.said()).toEqual(['reset 1 from 6', 'live 0'])
  })

  it('reaches a dormant channel too', () => {
    const g = liveAt(9)
    g.put({ type: 'close' })
    g.put({ type: 'reset', epoch: 2, fromSeq: 6 })
    g.put({ type: 'open' })
    expect(g.wanted()).toMatchObject({ epoch: 2, after: 6 })
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
