import { describe, expect, it } from 'vitest'
import { allClaims, claimsIn, statements } from './claims.js'

const claims = allClaims()
const known = statements()

describe('the statements of PROTOCOL.md', () => {
  it('are each named by a test', () => {
    const claimed = new Set(claims.map(({ statement }) => statement))
    const unclaimed = [...known].filter(([number]) => !claimed.has(number))
    expect(unclaimed.map(([number, words]) => `P-${number} ${words}`)).toEqual([])
  })

  it('are all that tests name', () => {
    const strangers = claims.filter(({ statement }) => !known.has(statement))
    expect(strangers.map(({ statement, where }) => `P-${statement} in ${where}`)).toEqual([])
  })
})

describe('a claim', () => {
  const source = [
    "it('[P-1] holds', () => {})",
    'it.each([1])(`[P-2] and [P-3] hold for %s`, () => {})',
    'it(',
    "  'a title on its own line, with an escaped \\' quote [P-4]',",
    ')',
    "// it('[P-5] is only a comment')",
    ' * [P-6] neither',
    "const text = 'P-7 without brackets'",
  ].join('\n')

  it('is read from titles, and from nothing else', () => {
    expect(claimsIn('a.test.ts', source)).toEqual([
      { statement: 1, where: 'a.test.ts:1' },
      { statement: 2, where: 'a.test.ts:2' },
      { statement: 3, where: 'a.test.ts:2' },
      { statement: 4, where: 'a.test.ts:4' },
    ])
  })
})
