import { describe, expect, it } from 'vitest'
import { createPersister } from '../../src/outbox/persister.js'
import type { OutboxRow } from '../../src/storage/port.js'
import { VirtualEnvironment, VirtualWorld } from '../../src/testing/virtual-environment.js'
import { makeRow } from '../storage/rows.js'

const nothing = { stored: () => {}, failed: () => {} }

/** A persister whose storage writes down what it is asked for. */
function setUp() {
  const writes: string[] = []
  const write = (rows: readonly OutboxRow[]): void =>
    void writes.push(rows.map(({ id }) => id).join(' '))
  const storage = {
    durability: 'disk' as const,
    load: async () => [],
    put: async (rows: readonly OutboxRow[]) => write(rows),
    adopt: async () => [],
    remove: async (ids: readonly string[]) => void writes.push(`-${ids.join(' -')}`),
    close: async () => {},
  }
  return {
    writes,
    persister: createPersister(storage, new VirtualEnvironment(new VirtualWorld()), nothing),
  }
}

describe('what the outbox takes to its storage', () => {
  it('hands everything of one turn over together, before the turn has been shown', async () => {
    const { writes, persister } = setUp()
    for (const id of ['a', 'b', 'c']) {
      persister.put(makeRow(id))
      persister.start()
    }
    expect(writes).toEqual([])
    await Promise.resolve()
    expect(writes).toEqual(['a b c'])
  })

  it('writes of a row only its newest form, and nothing of one that came and went', async () => {
    const { writes, persister } = setUp()
    persister.put(makeRow('a'))
    persister.put(makeRow('b'))
    persister.remove('a')
    await persister.flush()
    expect(writes).toEqual(['b', '-a'])
    expect(persister.removes('a')).toBe(false)
  })
})
