import { expect, it } from 'vitest'
import { problemWith, roomLeft } from './limits.ts'

it('takes 10,000 characters, and says by how many more is too long', () => {
  expect(problemWith('a'.repeat(10_000))).toBeUndefined()
  expect(problemWith('a'.repeat(10_002))).toMatch(/^2 characters too many/)
})

it('counts the room that characters take on the wire', () => {
  expect(problemWith('中'.repeat(10_000))).toBeUndefined()
  expect(problemWith('👩‍👩‍👧'.repeat(1_250))).toBeUndefined()
})

it('warns when little room is left', () => {
  expect(roomLeft('a'.repeat(9_000))).toBeUndefined()
  expect(roomLeft('a'.repeat(9_990))).toBe('10 left')
})
