import { describe, expect, it } from 'vitest'
import { createEphemeralOut } from '../../src/ephemeral/outbound.js'
import type { Ephemeral, PushBatch } from '../../src/ports/push.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'

const typing = (channelId: string): Ephemeral => ({
  kind: 'typing',
  channelId,
  userId: 'alice',
  state: 'start',
})
const presence = (...channelIds: string[]): Ephemeral => ({
  kind: 'presence',
  userId: 'alice',
  status: 'online',
  channelIds,
})

/** What goes out, with routes that a test may take away. */
function world(maxWaiting?: number) {
  const environment = createVirtualEnvironment()
  const pushed: [string, PushBatch][] = []
  const shed: string[] = []
  const routes = {
    lookups: 0,
    answer: async (channelIds: readonly string[]): Promise<readonly (readonly string[])[]> =>
      channelIds.map((channelId) => (channelId === 'both' ? ['p1', 'p2'] : ['p1'])),
  }
  const out = createEphemeralOut({
    environment,
    routes: {
      lookup(channelIds) {
        routes.lookups++
        return routes.answer(channelIds)
      },
    },
    bus: {
      processes: () => ['p1', 'p2', 'p3'],
      async push(processId, batch) {
        pushed.push([processId, batch])
      },
    },
    onShed: (kind) => shed.push(kind),
    ...(maxWaiting !== undefined && { maxWaiting }),
  })
  const to = (processId: string) =>
    pushed.filter(([id]) => id === processId).flatMap(([, batch]) => batch.ephemeral ?? [])
  return { environment, out, routes, pushed, shed, to }
}

describe('ephemeral things on their way out', () => {
  it('go to the processes that serve their channels, those of one turn together', async () => {
    const { environment, out, routes, pushed, to } = world()
    for (const item of [typing('one'), typing('both'), presence('one', 'both')]) out.send(item)
    await environment.settle()
    expect(to('p1')).toEqual([typing('one'), typing('both'), presence('one', 'both')])
    expect(to('p2')).toEqual([typing('both'), presence('both')])
    expect(pushed).toHaveLength(2)
    expect(routes.lookups).toBe(1)
  })

  it('R12: go to every process when routes do not answer, or not in time', async () => {
    const { environment, out, routes, to } = world()
    routes.answer = () => Promise.reject(new Error('away'))
    out.send(typing('one'))
    await environment.settle()
    expect(to('p3')).toEqual([typing('one')])
    routes.answer = () => new Promise(() => undefined)
    out.send(typing('two'))
    await environment.advance(50)
    expect(to('p3')).toEqual([typing('one'), typing('two')])
    expect(environment.timers).toBe(0)
  })

  it('[P-101] I7: of what waits typing is left out first, then the rest, with a count', async () => {
    const { environment, out, shed, to } = world(40)
    for (let i = 0; i < 15; i++) out.send(typing('one'))
    expect(shed).toEqual(Array(5).fill('typing'))
    for (let i = 0; i < 35; i++) out.send(presence('one'))
    expect(shed.slice(5)).toEqual(Array(5).fill('presence'))
    await environment.settle()
    expect(to('p1')).toHaveLength(40)
    out.send(typing('one'))
    await environment.settle()
    expect(to('p1')).toHaveLength(41)
  })

  it('I7: no push names more than a thousand channels', async () => {
    const { environment, out, pushed } = world()
    const channelIds = Array.from({ length: 2_500 }, (_, i) => `c${i}`)
    out.send(presence(...channelIds))
    await environment.settle()
    const sizes = pushed.map(([, batch]) =>
      (batch.ephemeral ?? []).reduce(
        (sum, item) => sum + (item.kind === 'presence' ? item.channelIds.length : 1),
        0,
      ),
    )
    expect(sizes).toEqual([1_000, 1_000, 500])
  })

  it('are dropped after the end', async () => {
    const { environment, out, pushed, shed } = world()
    out.send(typing('one'))
    out.close()
    out.send(typing('one'))
    await environment.settle()
    expect(pushed).toEqual([])
    expect(shed).toEqual(['typing'])
  })
})
