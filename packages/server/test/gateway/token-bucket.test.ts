import { expect, it } from 'vitest'
import { fullBucket, take } from '../../src/gateway/token-bucket.js'

const rate = { perSecond: 10, burst: 20 }

it('gives the burst at once, then one for each tenth of a second', () => {
  const bucket = fullBucket(rate, 0)
  for (let i = 0; i < 20; i++) expect(take(bucket, rate, 0)).toBe(0)
  expect(take(bucket, rate, 0)).toBe(100)
  expect(take(bucket, rate, 60)).toBe(40)
  expect(take(bucket, rate, 100)).toBe(0)
  expect(take(bucket, rate, 100)).toBe(100)
})

it('fills up to the burst and no further', () => {
  const bucket = fullBucket(rate, 0)
  take(bucket, rate, 1_000_000)
  expect(bucket.tokens).toBe(19)
})

it('keeps account of what was refused, down to a debt', () => {
  const bucket = fullBucket(rate, 0)
  for (let i = 0; i < 20; i++) take(bucket, rate, 0, 20)
  expect(take(bucket, rate, 0, 20)).toBe(200)
  expect(take(bucket, rate, 0, 20)).toBe(300)
  for (let i = 0; i < 50; i++) take(bucket, rate, 0, 20)
  expect(bucket.tokens).toBe(-20)
  expect(take(bucket, rate, 2_100, 20)).toBe(0)
})
