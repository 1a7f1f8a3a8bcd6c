import { describe, expect, it } from 'vitest'
import { pick } from '../../src/backfill/pick.js'

const turn = (name: string, priority: number, served = 0, notBefore = 0) => ({
  name,
  priority,
  served,
  notBefore,
})
const next = (turns: ReturnType<typeof turn>[], nowMs = 0) => {
  const picked = pick(turns, nowMs)
  return picked && ('next' in picked ? picked.next.name : picked.atMs)
}

describe('who asks next', () => {
  it('is the most urgent', () => {
    expect(next([turn('background', 2), turn('visible', 0, 9), turn('opened', 1)])).toBe('visible')
  })

  it('is, of equals, who was served longest ago', () => {
    expect(next([turn('a', 1, 3), turn('b', 1, 1), turn('c', 1, 2)])).toBe('b')
  })

  it('is nobody before their time, however urgent', () => {
    expect(next([turn('later', 0, 0, 50), turn('now', 2, 9)], 10)).toBe('now')
    expect(next([turn('later', 0, 0, 50), turn('latest', 0, 0, 70)], 10)).toBe(50)
    expect(next([turn('later', 0, 0, 50)], 50)).toBe('later')
  })

  it('is nobody when nobody waits', () => {
    expect(next([])).toBeUndefined()
  })
})
