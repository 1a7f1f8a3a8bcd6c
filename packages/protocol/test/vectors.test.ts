import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isErrorCode } from '../src/index.js'
import { clientFrames, serverFrames } from '../src/schemas.js'
import { decodeVector, families, judge, type Vector } from './support/vectors.js'

const all = families.flatMap(({ vectors }) => vectors)
const ofType = (type: string, direction: Vector['direction'], valid: boolean): readonly Vector[] =>
  all.filter(
    (vector) =>
      vector.frame?.type === type &&
      vector.direction === direction &&
      (vector.verdict === 'valid') === valid,
  )

describe.each(families)('the vectors of $file', ({ vectors }) => {
  it.each(vectors.map((vector) => [vector.name, vector] as const))('%s', (_, vector) => {
    expect(judge(vector)).toEqual(vector.verdict)
  })

  it('have names of their own and codes of the table', () => {
    expect(new Set(vectors.map(({ name }) => name)).size).toBe(vectors.length)
    for (const { verdict } of vectors) {
      if (verdict !== 'valid') expect(isErrorCode(verdict.code)).toBe(true)
    }
  })

  it('each give either a frame or a text', () => {
    for (const { frame, text, text_parts } of vectors) {
      expect([frame, text, text_parts].filter((given) => given !== undefined)).toHaveLength(1)
    }
  })
})

const types = [
  ...Object.keys(clientFrames).map((type) => ['client', type] as const),
  ...Object.keys(serverFrames).map((type) => ['server', type] as const),
]

it.each(types)('from a %s, %s has at least 2 valid and 3 invalid vectors', (direction, type) => {
  expect(ofType(type, direction, true).length).toBeGreaterThanOrEqual(2)
  expect(ofType(type, direction, false).length).toBeGreaterThanOrEqual(3)
})

it('the codec finds as many envelopes in a text as its vector says', () => {
  const counted = all.filter((vector) => vector.envelopes !== undefined)
  expect(counted.length).toBeGreaterThan(5)
  for (const vector of counted) {
    const decoded = decodeVector(vector)
    expect(decoded.ok && decoded.envelopes.length, vector.name).toBe(vector.envelopes)
  }
})

it('vectors are found at @tidings/protocol/vectors', () => {
  for (const { file } of families) {
    const url = import.meta.resolve(`@tidings/protocol/vectors/${file}`)
    expect(readFileSync(new URL(url), 'utf8').startsWith('[')).toBe(true)
  }
})
