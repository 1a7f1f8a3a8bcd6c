import { describe, expect, it } from 'vitest'
import { currentText, heldBy, namedIn, pageText } from './invariants.js'

describe('docs/invariants.md', () => {
  it('names a test for every invariant and every rule', () => {
    const unheld = [...heldBy()].filter(([, files]) => files.length === 0).map(([name]) => name)
    expect(unheld).toEqual([])
  })

  it('lists the tests as they are: otherwise run npm run invariants', () => {
    expect(currentText()).toBe(pageText())
  })
})

describe('a title', () => {
  it('names what stands in it and nothing else', () => {
    const invariant = 'I3'
    const source = `it('${invariant} holds', () => {}); const text = 'R4'; describe.each([1])('keeps R${7}', f)`
    expect([...namedIn(source)]).toEqual(['I3', 'R7'])
  })
})
