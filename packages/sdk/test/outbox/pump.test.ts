import { describe, expect, it } from 'vitest'
import type { Environment } from '../../src/environment/port.js'
import { createPump } from '../../src/outbox/pump.js'

describe('the pump', () => {
  it('never asks for a timer in the past, though time goes on while a round is on its way', () => {
    const delays: number[] = []
    let now = 5
    const environment = {
      monotonicNow: () => ++now,
      setTimer: (_: () => void, delayMs: number) => delays.push(delayMs),
      clearTimer: () => undefined,
    } as unknown as Environment
    for (const due of [5, 7, 100, Number.POSITIVE_INFINITY])
      createPump(environment, () => due).run()
    expect(delays).toHaveLength(3)
    for (const delay of delays) expect(delay).toBeGreaterThanOrEqual(0)
  })
})
