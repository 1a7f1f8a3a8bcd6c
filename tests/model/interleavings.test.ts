import { afterAll, describe, expect, it } from 'vitest'
import { EXPLORATION_TIMEOUT_MS, exploreAndPrint, printTotals } from './report.js'
import { HOLDING_RULES } from './rules.js'

afterAll(printTotals)

/*
 * Each letter is a command (see world.ts): s a message and, the second time, its repeat; e an edit of an older
 * message in another bucket; x an edit that is rejected. The numbers cross the end of a bucket.
 */
describe('I1, I2, I3, I4, I5 hold in every interleaving of two sequencers over one log (R1 to R8)', () => {
  it(
    'message, edit, repeat, rejection; 3 assignments, 2 writes that land at any later time or never',
    () => {
      const broken = exploreAndPrint('sesx', { assignments: 3, lateWrites: 2 }, 'steps')
      expect(broken).toBeUndefined()
    },
    EXPLORATION_TIMEOUT_MS,
  )

  it(
    'the same with one transaction per batch',
    () => {
      const broken = exploreAndPrint('sesx', { assignments: 3, lateWrites: 2 }, 'whole')
      expect(broken).toBeUndefined()
    },
    EXPLORATION_TIMEOUT_MS,
  )

  it.each([
    ['sesx', 'message, edit, repeat, rejection'],
    ['snst', 'a new epoch between a message and its repeat'],
  ])(
    '%s, %s, with ids held by the window; 3 assignments, 1 late write',
    (letters) => {
      const bounds = { assignments: 3, lateWrites: 1 }
      expect(exploreAndPrint(letters, bounds, 'steps', HOLDING_RULES)).toBeUndefined()
    },
    EXPLORATION_TIMEOUT_MS,
  )

  it.each([
    ['efsx', 'two edits of one message and a rejection'],
    ['snst', 'a new epoch between a message and its repeat'],
    ['sdrs', 'a delete before a reaction'],
  ])(
    '%s, %s; 3 assignments, 1 late write',
    (letters) => {
      const broken = exploreAndPrint(letters, { assignments: 3, lateWrites: 1 }, 'steps')
      expect(broken).toBeUndefined()
    },
    EXPLORATION_TIMEOUT_MS,
  )
})
