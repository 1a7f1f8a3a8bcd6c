import { describe, expect, it } from 'vitest'
import { faults } from '../faults/index.js'
import { readArguments, UsageError } from './arguments.js'
import { listOf } from './help.js'
import { plan, seeded } from './plan.js'

const read = (...args: string[]) => readArguments(args, faults, () => 7)

describe('npm run chaos', () => {
  it('runs each fault once when nothing is said, by a seed of its own', () => {
    expect(read()).toMatchObject({ what: 'run', seed: 7, faults, clients: 20, from: 'build' })
  })

  it('takes time, seed and faults', () => {
    const wanted = read('--minutes', '3', '--seed', '5', '--faults', 'gateway-killed, api-killed')
    expect(wanted).toMatchObject({ minutes: 3, seed: 5 })
    expect('faults' in wanted && wanted.faults.map(({ name }) => name)).toEqual([
      'gateway-killed',
      'api-killed',
    ])
  })

  it.each([
    [['--minutes', '0'], '--minutes must be a number from 1 to 100000, not “0”.'],
    [['--seed', 'x'], '--seed must be a number from 0 to 4294967295, not “x”.'],
    [['--faults', 'nothing'], '“nothing” is no fault: npm run chaos -- --list shows all.'],
    [['--from', 'air'], '--from must be build or source, not “air”.'],
    [['--loud'], "Unknown option '--loud'. See npm run chaos -- --help."],
  ])('%j is refused in one sentence', (args, sentence) => {
    expect(() => read(...args)).toThrow(new UsageError(sentence))
  })

  it('lists every fault under a name of its own', () => {
    const names = faults.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(listOf(faults)).toContain(name)
  })
})

describe('the order of faults', () => {
  const some = faults.slice(0, 4)
  const first = (count: number, seed: number) => {
    const next = plan(some, seeded(seed), () => false)
    return Array.from({ length: count }, () => next()?.name)
  }

  it('is the same for the same seed, and another for another', () => {
    expect(first(20, 1)).toEqual(first(20, 1))
    expect(first(20, 1)).not.toEqual(first(20, 2))
  })

  it('has each of them once before one comes again', () => {
    expect(new Set(first(4, 3))).toEqual(new Set(some.map(({ name }) => name)))
    const next = plan(some, seeded(3), undefined)
    expect(Array.from({ length: 5 }, () => next() !== undefined)).toEqual([
      true,
      true,
      true,
      true,
      false,
    ])
  })
})
