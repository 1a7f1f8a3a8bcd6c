import { describe, expect, it } from 'vitest'
import { createInbox } from '../../src/fan-out/inbox.js'
import type { OutboxEntry } from '../../src/ports/directory.js'
import { createRelay } from '../../src/relay/relay.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'
import { entry } from './world.js'

const PROCESSES = ['p1', 'p2', 'p3']

/** A relay that another process is elected before; what it asks for, by the process that is asked. */
function createUnelected() {
  const environment = createVirtualEnvironment()
  const inbox = createInbox()
  const pushes: { readonly to: string; readonly entries: readonly OutboxEntry[] }[] = []
  const never = async () => []
  const relay = createRelay({
    environment,
    inbox,
    processId: 'p1',
    directory: { outboxChannels: never, outbox: never, async outboxDone() {} },
    log: { append: never },
    election: { stand: () => ({ async close() {} }) },
    bus: {
      processes: () => PROCESSES,
      async push(to, { outbox }) {
        pushes.push({ to, entries: outbox?.entries ?? [] })
      },
    },
  })
  const answer = ({ entryId, channelId, userId }: OutboxEntry): void => {
    const origin = { processId: 'p1', replyTo: `outbox:${entryId}` }
    const id = { channelId, userId, clientMsgId: `~${entryId}` }
    const messageId = `m${entryId}`
    const result = { status: 'accepted', epoch: 1, channelSeq: 1, messageId, ts: 1 } as const
    inbox.receive({ channels: [], answers: [{ origin, id, result, deduplicated: false }] })
  }
  return { environment, relay, pushes, answer, taken: () => pushes.splice(0) }
}

/** One change in each of so many channels, as when somebody leaves them all. */
const ofChannels = (count: number) => Array.from({ length: count }, (_, i) => entry(i, `c${i}`))

describe('a process that asks another for results', () => {
  it('I7: asks each process once for all that it wants to know in one turn', async () => {
    const { environment, relay, taken, answer } = createUnelected()
    const wanted = ofChannels(900)
    const results = wanted.map((one) => relay.stored(one))
    await environment.settle()
    const pushes = taken()
    expect(pushes.map(({ to }) => to)).toEqual(PROCESSES)
    for (const { entries } of pushes) expect(entries).toEqual(wanted)
    for (const one of wanted) answer(one)
    expect(await Promise.all(results)).toHaveLength(900)
    await environment.advance(10_000)
    expect(taken()).toEqual([])
    await relay.close()
    expect(environment.timers).toBe(0)
  })

  it('I7: asks no more for what nobody waits for any longer', async () => {
    const { environment, relay, taken } = createUnelected()
    const given = relay.stored(entry(1, 'a')).catch((error: unknown) => error)
    await environment.advance(29_900)
    expect(taken().length).toBeGreaterThan(PROCESSES.length)
    await environment.advance(1_000)
    expect(await given).toMatchObject({ code: 'unavailable' })
    taken()
    await environment.advance(10_000)
    expect(taken()).toEqual([])
    expect(environment.timers).toBe(0)
    await relay.close()
  })

  it('I7: asks again for at most 1,000 in half a second, and for each of them in turn', async () => {
    const { environment, relay, taken, answer } = createUnelected()
    const wanted = ofChannels(2_500)
    const results = wanted.map((one) => relay.stored(one))
    await environment.settle()
    expect(taken()).toHaveLength(3 * PROCESSES.length)
    const again = new Set<number>()
    for (let round = 0; round < 3; round++) {
      await environment.advance(500)
      const pushes = taken()
      expect(pushes.map(({ to }) => to)).toEqual(PROCESSES)
      for (const { entries } of pushes) expect(entries).toHaveLength(1_000)
      for (const { entryId } of pushes[0]?.entries ?? []) again.add(entryId)
    }
    expect(again.size).toBe(2_500)
    for (const one of wanted.slice(1)) answer(one)
    await environment.advance(500)
    expect(taken().map(({ entries }) => entries)).toEqual(PROCESSES.map(() => [wanted[0]]))
    answer(entry(0, 'c0'))
    expect(await Promise.all(results)).toHaveLength(2_500)
    await relay.close()
    expect(environment.timers).toBe(0)
  })
})
