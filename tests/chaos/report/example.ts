import type { Interruption } from '../measure/interruption.js'
import type { RunResult } from './result.js'

const interruption = (fromMs: number, toMs: number, gapMs: number): Interruption => {
  const gap = { fromMs: fromMs + 500, toMs: fromMs + 500 + gapMs }
  return {
    window: { fromMs, toMs },
    sending: { fromMs: fromMs + 500, toMs: fromMs + 700 },
    sendingWorst: { name: 'c1', ...gap },
    delivering: { fromMs: fromMs + 500, toMs: fromMs + 700 },
    deliveringWorst: { name: 'c2', ...gap },
    clientWorst: { name: 'ada', ...gap },
    slowestSend: { name: 'ada in c1', fromMs: fromMs + 400, toMs: fromMs + 500 + gapMs },
  }
}

/** A run of two faults, made up for tests: the first meets its goal, the second does not. */
export function exampleRun(): RunResult {
  const fromMs = 1_000_000
  const perSecond = (rate: number) =>
    new Map(
      Array.from({ length: 60 }, (_, i) => [
        fromMs / 1_000 + i,
        i > 10 && i < 16 ? 0 : rate + ((i * 7) % 5),
      ]),
    )
  return {
    seed: 7,
    fromMs,
    toMs: fromMs + 60_000,
    faults: [
      {
        fault: {
          name: 'sequencer-killed',
          title: 'a sequencer is killed & started again',
          goals: { sendingMs: 8_000, deliveringMs: 8_000 },
        },
        told: [{ atMs: fromMs + 10_500, what: 'kill sequencer-1' }],
        steady: interruption(fromMs + 5_000, fromMs + 10_000, 200),
        interruption: interruption(fromMs + 10_000, fromMs + 22_000, 5_600),
      },
      {
        fault: { name: 'redis-flushed', title: 'Redis forgets', goals: { sendingMs: 0 } },
        told: [],
        steady: interruption(fromMs + 30_000, fromMs + 35_000, 200),
        interruption: interruption(fromMs + 35_000, fromMs + 50_000, 900),
      },
    ],
    judgements: [
      { violations: [], acked: 300, stored: 300, shown: 6_000, clients: 20, channels: 6 },
    ],
    ackedPerSecond: perSecond(30),
    shownPerSecond: perSecond(31),
  }
}
