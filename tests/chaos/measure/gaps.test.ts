import { describe, expect, it } from 'vitest'
import { countUpTo, longestGap } from './gaps.js'

const window = { fromMs: 100, toMs: 200 }

describe('the longest gap', () => {
  it('lies between two happenings that follow each other', () => {
    expect(longestGap([90, 110, 150, 160, 210], window)).toEqual({ fromMs: 110, toMs: 150 })
  })

  it('counts from the last happening before the window', () => {
    expect(longestGap([60, 110, 120, 130, 140, 150, 160, 170, 180, 190], window)).toEqual({
      fromMs: 60,
      toMs: 110,
    })
  })

  it('ends with the window where nothing happens until then, and is no longer by what comes later', () => {
    expect(longestGap([95, 120], window)).toEqual({ fromMs: 120, toMs: 200 })
    expect(longestGap([95, 120, 5_000], window)).toEqual({ fromMs: 120, toMs: 200 })
  })

  it('is the whole window where nothing ever happened', () => {
    expect(longestGap([], window)).toEqual(window)
    expect(longestGap([300], window)).toEqual(window)
  })

  it('leaves out what lies before the window', () => {
    expect(longestGap([0, 80, 99, 130, 160, 190, 201], window)).toEqual({ fromMs: 99, toMs: 130 })
  })
})

it('ascending numbers are counted up to one of them', () => {
  expect([0, 1, 2, 3, 9].map((most) => countUpTo([1, 2, 2, 3], most))).toEqual([0, 1, 3, 4, 4])
})
