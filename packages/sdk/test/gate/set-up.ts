import { expect } from 'vitest'
import { step, wanted } from '../../src/gate/gate.js'
import {
  type Ask,
  type GateEffect,
  type GateInput,
  type GatePage,
  type GateState,
  initialGate,
  type Numbered,
} from '../../src/gate/state.js'

export const at = (channelSeq: number, epoch = 1): Numbered => ({ channelSeq, epoch })
export const range = (from: number, to: number, epoch = 1): Numbered[] =>
  Array.from({ length: to - from + 1 }, (_, i) => at(from + i, epoch))

/** One gate with what it said so far, in the shorthand of these tests. */
export function gate(catchUp: 'recent' | 'all' = 'recent') {
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

export function liveAt(headSeq: number, catchUp: 'recent' | 'all' = 'recent') {
  const g = gate(catchUp)
  g.head(headSeq)
  g.put({ type: 'open' })
  expect(g.said()).toEqual(['live 0'])
  return g
}
