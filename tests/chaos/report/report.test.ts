import { describe, expect, it } from 'vitest'
import { exampleRun } from './example.js'
import { verdictsOf } from './judge.js'
import { markdownOf } from './markdown.js'
import { niceAbove, pictureOf } from './picture.js'
import { summaryOf } from './summary.js'

const machine = { cores: 2, memoryGiB: 24, node: '24.21.0' }
const lost = { what: 'lost', detail: 'ada was acknowledged c1 3, which is not stored' } as const

describe('the report of a run', () => {
  it('says of each goal whether it was met', () => {
    const [killed, flushed] = exampleRun().faults.map(verdictsOf)
    expect(killed?.map(({ isMet, tookMs }) => [isMet, tookMs])).toEqual([
      [true, 5_600],
      [true, 5_600],
    ])
    // not at all: no longer than twice what it is without a fault
    expect(flushed).toEqual([{ what: 'sending', tookMs: 900, goalMs: 0, isMet: false }])
  })

  it('tells of what was lost, and why it ended', () => {
    const run = exampleRun()
    expect(markdownOf(run, machine, 'timeline.svg')).toContain('Nothing acknowledged was lost')
    const [judgement] = run.judgements
    if (judgement === undefined) throw new Error('there is no judgement')
    const failed = {
      ...run,
      judgements: [{ ...judgement, violations: [lost] }],
      failure: 'Waited 90 s for messages to flow.',
    }
    for (const text of [markdownOf(failed, machine, 'timeline.svg'), summaryOf(failed)]) {
      expect(text).toContain(lost.detail)
      expect(text).toContain('Waited 90 s for messages to flow.')
      expect(text).not.toContain('Nothing acknowledged was lost')
    }
  })

  it('draws a band for each fault, and marks the worst channel in both plots', () => {
    const picture = pictureOf(exampleRun())
    expect(picture.match(/opacity="0.13"/g)).toHaveLength(2)
    expect(picture.match(/>5\.6 s</g)).toHaveLength(2)
    expect(picture.match(/<polyline/g)).toHaveLength(2)
    expect(picture).toContain('>redis-flushed<')
    expect(picture).not.toContain('NaN')
  })

  it('chooses numbers for the axes that people like', () => {
    expect([0.3, 1, 3, 7, 18, 44, 130].map(niceAbove)).toEqual([1, 1, 5, 10, 20, 50, 200])
  })
})
