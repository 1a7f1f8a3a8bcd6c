import { expect, it } from 'vitest'
import { interruptionIn } from './interruption.js'

const every = (stepMs: number, fromMs: number, toMs: number): readonly number[] =>
  Array.from({ length: (toMs - fromMs) / stepMs + 1 }, (_, i) => fromMs + i * stepMs)

it('is told for all channels together, for the worst of them, and for the worst client', () => {
  const whole = every(100, 0, 10_000)
  const broken = [...every(100, 0, 2_000), ...every(100, 7_000, 10_000)]
  const found = interruptionIn(
    {
      acked: new Map([
        ['a', whole],
        ['b', broken],
      ]),
      shown: new Map([
        ['a', broken],
        ['b', broken],
      ]),
      shownTo: new Map([
        ['ada', whole],
        ['bob', every(100, 0, 1_000)],
      ]),
      sends: [
        { name: 'ada in a', fromMs: 500, toMs: 900 },
        { name: 'bob in b', fromMs: 1_950, toMs: 7_050 },
        { name: 'ada in b', fromMs: 0, toMs: 20_000 },
      ],
    },
    { fromMs: 1_500, toMs: 9_500 },
  )
  expect(found.sending.toMs - found.sending.fromMs).toBe(100)
  expect(found.sendingWorst).toEqual({ name: 'b', fromMs: 2_000, toMs: 7_000 })
  expect(found.delivering).toEqual({ fromMs: 2_000, toMs: 7_000 })
  expect(found.clientWorst).toEqual({ name: 'bob', fromMs: 1_000, toMs: 9_500 })
  expect(found.slowestSend).toEqual({ name: 'bob in b', fromMs: 1_950, toMs: 7_050 })
})
