import { afterAll, describe, expect, it } from 'vitest'
import { orders } from './letters.js'
import { EXPLORATION_TIMEOUT_MS, exploreAndPrint, printTotals } from './report.js'

afterAll(printTotals)

describe('I1, I2, I3, I4, I5 hold for every order of message, repeat, edit and rejection', () => {
  it.each(orders('ssex'))(
    '%s, single-partition writes; 3 assignments, 1 late write',
    (letters) => {
      const broken = exploreAndPrint(letters, { assignments: 3, lateWrites: 1 }, 'steps')
      expect(broken).toBeUndefined()
    },
    EXPLORATION_TIMEOUT_MS,
  )

  it.each(orders('ssex'))(
    '%s, one transaction per batch; 3 assignments, 1 late write',
    (letters) => {
      const broken = exploreAndPrint(letters, { assignments: 3, lateWrites: 1 }, 'whole')
      expect(broken).toBeUndefined()
    },
    EXPLORATION_TIMEOUT_MS,
  )
})
