import { describe, expect, it } from 'vitest'
import { createTroubleLog } from '../../src/observe/trouble.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'

type Line = { readonly where: string; readonly more?: number; readonly request_id?: string }

function world() {
  const environment = createVirtualEnvironment()
  const lines: Line[] = []
  const warn = (line: object) => void lines.push(line as Line)
  const trouble = createTroubleLog({ warn } as Parameters<typeof createTroubleLog>[0], environment)
  return { environment, lines, trouble }
}

describe('the log of troubles', () => {
  it('tells one that comes again and again every ten seconds, and how many came between', async () => {
    const { environment, lines, trouble } = world()
    for (let i = 0; i < 100; i++) trouble('push to p1', new Error(`late by ${i} ms`))
    expect(lines).toEqual([{ err: expect.any(Error), where: 'push to p1' }])
    await environment.advance(10_000)
    trouble('push to p1', new Error('late by 7 ms'))
    expect(lines[1]).toMatchObject({ where: 'push to p1', more: 99 })
  })

  it('tells another trouble, or the same elsewhere, at once', () => {
    const { lines, trouble } = world()
    trouble('push to p1', new Error('late'))
    trouble('push to p2', new Error('late'))
    trouble('push to p1', new Error('gone'))
    expect(lines.map(({ where }) => where)).toEqual(['push to p1', 'push to p2', 'push to p1'])
  })

  it('always tells what befell a request, under its id', () => {
    const { lines, trouble } = world()
    for (const requestId of ['r1', 'r2']) trouble('hook', new Error('no'), { requestId })
    expect(lines.map((line) => line.request_id)).toEqual(['r1', 'r2'])
  })

  it('I7: knows a bounded number of kinds', () => {
    const { lines, trouble } = world()
    for (let i = 0; i < 2_000; i++) trouble(`place ${i}`, new Error('no'))
    trouble('place 1999', new Error('no'))
    expect(lines).toHaveLength(2_000)
    trouble('place 0', new Error('no'))
    expect(lines).toHaveLength(2_001)
  })
})
