import { expect, it } from 'vitest'
import { makePlan } from './make.js'

const SEEDS = Array.from({ length: 50 }, (_, i) => i + 1)
const OPERATIONS = new Set([
  'send',
  'edit',
  'delete',
  'react',
  'unreact',
  'history',
  'load_older',
  'open',
  'close_channel',
  'retry_parked',
  'discard_parked',
])

it('every seed has at least 8 clients, 3 channels and 300 operations', () => {
  for (const { setting, steps } of SEEDS.map(makePlan)) {
    expect(setting.tabs.length).toBeGreaterThanOrEqual(8)
    expect(setting.channels.length).toBeGreaterThanOrEqual(3)
    expect(steps.filter((step) => OPERATIONS.has(step.do)).length).toBeGreaterThanOrEqual(300)
  }
})

it('a seed gives the same plan each time, and another seed another', () => {
  expect(makePlan(7)).toEqual(makePlan(7))
  expect(makePlan(7).steps).not.toEqual(makePlan(8).steps)
})

it('a plan is plain data: what was kept as JSON is the same plan', () => {
  const plan = makePlan(9)
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
})
