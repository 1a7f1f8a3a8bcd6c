import { describe, expect, it } from 'vitest'
import { at, liveAt, range } from './set-up.js'

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
