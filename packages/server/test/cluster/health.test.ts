import { describe, expect, it } from 'vitest'
import { type Check, createHealth, type HealthOptions } from '../../src/cluster/health.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'

const never = new Promise<never>(() => undefined)
const refused = (reason: unknown) => async () => {
  throw reason
}

function setUp(checks: HealthOptions['checks'], over: Partial<HealthOptions> = {}) {
  const environment = createVirtualEnvironment()
  return { environment, ask: createHealth({ environment, checks, ...over }) }
}

describe('how the dependencies of a process are', () => {
  it('says ok of what answers, whatever it answers', async () => {
    const { ask } = setUp({
      log: { kind: 'needed', ask: async () => [0, 7] },
      redis: { kind: 'helpful', ask: async () => undefined },
    })
    expect(await ask()).toEqual({ log: 'ok', redis: 'ok' })
  })

  it.each<[string, Check['kind'], unknown, string]>([
    ['why what is needed is away', 'needed', new Error('nobody answers'), 'away: nobody answers'],
    ['degraded of what only helps', 'helpful', new Error('no answer'), 'degraded: no answer'],
    ['what was thrown, where it is no error', 'needed', 'gone', 'away: gone'],
    [
      'which error it was, where that says nothing',
      'needed',
      new AggregateError([]),
      'away: AggregateError',
    ],
  ])('says %s', async (_, kind, reason, expected) => {
    const { ask } = setUp({
      store: { kind, ask: refused(reason) },
      other: { kind: 'needed', ask: async () => undefined },
    })
    expect(await ask()).toEqual({ store: expected, other: 'ok' })
  })

  it('never takes what is needed and away for ready, whatever the reason says', async () => {
    const { ask } = setUp({
      log: { kind: 'needed', ask: refused(new Error('ok')) },
      store: { kind: 'needed', ask: refused(new Error('degraded by a disk')) },
    })
    expect(await ask()).toEqual({ log: 'away: ok', store: 'away: degraded by a disk' })
  })

  it('takes a check that throws at once for one that rejects', async () => {
    const { ask } = setUp({
      bus: {
        kind: 'helpful',
        ask: () => {
          throw new Error('closed')
        },
      },
    })
    expect(await ask()).toEqual({ bus: 'degraded: closed' })
  })

  it('waits 1.5 s for all of them together, and no longer', async () => {
    const { environment, ask } = setUp({
      log: { kind: 'needed', ask: () => never },
      store: { kind: 'needed', ask: async () => undefined },
      redis: { kind: 'helpful', ask: () => never },
    })
    let answer: object | undefined
    void ask().then((given) => {
      answer = given
    })
    await environment.advance(1_499)
    expect(answer).toBeUndefined()
    await environment.advance(1)
    expect(answer).toEqual({
      log: 'away: took longer than 1500 ms',
      store: 'ok',
      redis: 'degraded: took longer than 1500 ms',
    })
    expect(environment.timers).toBe(0)
  })

  it('I7: asks once for all who want to know within half a second, and then again', async () => {
    let asked = 0
    const { environment, ask } = setUp({
      log: {
        kind: 'needed',
        ask: async () => {
          asked += 1
          if (asked > 1) throw new Error('gone')
        },
      },
    })
    await Promise.all([ask(), ask(), ask()])
    await environment.advance(500)
    expect(await ask()).toEqual({ log: 'ok' })
    expect(asked).toBe(1)
    await environment.advance(1)
    expect(await ask()).toEqual({ log: 'away: gone' })
    expect(asked).toBe(2)
  })
})
