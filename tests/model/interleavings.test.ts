import { afterAll, describe, expect, it } from 'vitest'
import { EXPLORATION_TIMEOUT_MS, exploreAndPrint, printTotals } from './report.js'

afterAll(printTotals)

/*
 * Each letter is a command (see world.ts): s a message and, the second time, its repeat; e an edit of an older
 * message in another bucket; x an edit that is rejected. The numbers cross the end of a bucket.
 */
describe('two sequencers over one log, every interleaving of their steps', () => {
  it(
    'I1–I5: message, edit, repeat, rejection; 3 assignments, 2 writes that land at any later time or never',
    () => {
      const broken = exploreAndPrint('sesx', { assignments: 3, lateWrites: 2 }, 'steps')
      expect(broken).toBeUndefined()
    },
    EXPLORATION_TIMEOUT_MS,
  )

  it.each([
    ['efsx', 'two edits of one message and a rejection'],
    ['snst', 'a new epoch between a message and its repeat'],
    ['sdrs', 'a delete before a reaction'],
  ])(
    'I1–I5: %s, %s; 3 assignments, 1 late write',
    (letters) => {
      const broken = exploreAndPrint(letters, { assignments: 3, lateWrites: 1 }, 'steps')
      expect(broken).toBeUndefined()
    },
    EXPLORATION_TIMEOUT_MS,
  )
})
