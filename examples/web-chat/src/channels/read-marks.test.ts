import { expect, it } from 'vitest'
import { unreadOf } from './read-marks.ts'

const channel = { id: 'general', messageCount: 10, unreadCount: 6 }

it('takes the server’s count where this browser has read nothing', () => {
  expect(unreadOf(channel, {})).toBe(6)
})

it('takes off what was read in this browser', () => {
  expect(unreadOf(channel, { general: { seq: 12, count: 9 } })).toBe(1)
  expect(unreadOf(channel, { general: { seq: 14, count: 10 } })).toBe(0)
})

it('never counts below nothing, or above what the server says', () => {
  expect(unreadOf(channel, { general: { seq: 99, count: 50 } })).toBe(0)
  expect(unreadOf(channel, { general: { seq: 1, count: 1 } })).toBe(6)
})
