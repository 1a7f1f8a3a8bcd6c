import { describe, expect, it } from 'vitest'
import { createClosers } from '../../src/cluster/closers.js'

describe('what half a start has opened', () => {
  it('is closed the other way round, whatever fails', async () => {
    const closed: string[] = []
    const closers = createClosers()
    closers.add(() => closed.push('first'))
    closers.add(() => {
      closed.push('second')
      throw new Error('it cannot be closed')
    })
    closers.add(() => closed.push('third'))
    await expect(closers.closeAll()).rejects.toThrow('it cannot be closed')
    expect(closed).toEqual(['third', 'second', 'first'])
    await closers.closeAll()
    expect(closed).toHaveLength(3)
  })

  it('is closed as soon as it is there, when everything else was closed meanwhile', async () => {
    const closed: string[] = []
    const closers = createClosers()
    await closers.closeAll()
    closers.add(() => closed.push('late'))
    closers.add(() => Promise.reject(new Error('nobody waits for this')))
    expect(closed).toEqual(['late'])
  })
})
