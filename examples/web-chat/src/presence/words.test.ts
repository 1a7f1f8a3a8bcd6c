import { expect, it } from 'vitest'
import { inOrder, presenceWords } from './words.ts'

const now = 1_800_000_000_000

it('says where somebody is', () => {
  expect(presenceWords({ status: 'online' }, now)).toBe('online')
  expect(presenceWords({ status: 'away' }, now)).toBe('away')
  expect(presenceWords({ status: 'offline' }, now)).toBe('offline')
})

it('says when somebody was here last, where it is known', () => {
  const words = (minutes: number) =>
    presenceWords({ status: 'offline', lastSeen: now - minutes * 60_000 }, now)
  expect(words(0)).toBe('offline, was here just now')
  expect(words(5)).toBe('offline, was here 5 minutes ago')
  expect(words(60)).toBe('offline, was here 1 hour ago')
  expect(words(60 * 24 * 3)).toBe('offline, was here 3 days ago')
})

it('lists who is there first, then by name', () => {
  const users = new Map([
    ['dan', { status: 'offline' as const }],
    ['eve', { status: 'online' as const }],
    ['ada', { status: 'away' as const }],
    ['bob', { status: 'online' as const }],
  ])
  expect(inOrder(users).map(([userId]) => userId)).toEqual(['bob', 'eve', 'ada', 'dan'])
})
