import { describe, expect, it } from 'vitest'
import { explore } from './explore.js'
import { MUTATIONS } from './mutations.js'
import { EXPLORATION_TIMEOUT_MS } from './report.js'
import { truthOf } from './truth.js'
import { SEED_HEAD, smallWorld } from './world.js'

const bounds = { assignments: 3, lateWrites: 1 }

describe('the exploration proves itself: broken R1, R2, R4, R5, R6, R7 and R8 are found', () => {
  it.each(Object.entries(MUTATIONS))(
    'finds it when a rule is broken: %s',
    (_, { letters, rules, verdict }) => {
      const { broken } = explore(smallWorld(letters), bounds, 'steps', rules)
      expect(broken?.verdict).toMatch(verdict)
      expect(broken?.trace.length).toBeGreaterThan(0)
    },
    EXPLORATION_TIMEOUT_MS,
  )

  it('knows what a log means: the numbers cross a bucket, the repeat and the rejection take none', () => {
    const { outcomes } = truthOf(smallWorld('sesx'))
    expect(outcomes.map(({ row }) => row && [row.bucket, row.channelSeq])).toEqual([
      [0, SEED_HEAD + 1],
      [1, SEED_HEAD + 2],
      undefined,
      undefined,
    ])
    expect(outcomes.map(({ answer }) => [answer.result.status, answer.deduplicated])).toEqual([
      ['accepted', false],
      ['accepted', false],
      ['accepted', true],
      ['rejected', false],
    ])
    expect(outcomes.map(({ effect }) => effect?.target.bucket)).toEqual([
      undefined,
      0,
      undefined,
      undefined,
    ])
  })

  it('walks the same states each time', () => {
    const counts = [1, 2].map(() => explore(smallWorld('sesx'), { assignments: 2, lateWrites: 0 }))
    expect(counts[0]).toEqual(counts[1])
  })
})
