import { describe, expect, it } from 'vitest'
import {
  type LoadRequest,
  type MessageStore,
  StoreDamaged,
  StoreUnavailable,
} from '../../src/ports/message-store.js'
import type { Position } from '../../src/stream/position.js'
import { command, createWorld, send, targetOf, type World } from './world.js'

/** A row as a log that was lost would have left it. */
function plant(world: World, channelSeq: number, position: Position): void {
  const event = {
    type: 'member.joined',
    channel_id: 'general',
    channel_seq: channelSeq,
    message_count: 0,
    user_id: 'eve',
    client_msg_id: '~9',
    ts: 1,
    role: 'member',
  } as const
  const row = { channelId: 'general', epoch: 1, bucket: 0, channelSeq, position, messageCount: 0 }
  world.tables.apply({
    step: 'rows',
    channelId: 'general',
    epoch: 1,
    bucket: 0,
    rows: [{ ...row, event, json: JSON.stringify(event) }],
    effects: [],
  })
}

/** A store that does not find the rows that commands name, in the loads that are meant. */
const losing =
  (isLost: (request: LoadRequest) => boolean) =>
  (store: MessageStore): MessageStore => ({
    ...store,
    load: async (request) => {
      const loaded = await store.load(request)
      return isLost(request) ? { ...loaded, targets: loaded.targets.map(() => undefined) } : loaded
    },
  })

const at = (offset: number): Position => ({ generation: 1, partition: 0, offset })

describe('alarms (R3)', () => {
  it('R3: a stored row at the number just given, with another position, stops the partition', async () => {
    const world = await createWorld()
    plant(world, 1, at(5))
    const [answer] = await world.submit(send('one'))
    await world.environment.advance(60_000)
    expect(answer).toBeUndefined()
    expect(world.alarms).toHaveLength(1)
    expect(world.alarms[0]).toMatchObject({ channelId: 'general', position: at(0) })
    expect(world.alarms[0]?.message).toMatch(/gone back/)
  })

  it('R3: that position at another number stops the partition', async () => {
    const world = await createWorld()
    plant(world, 4, at(0))
    await world.submit(send('one'))
    await world.environment.advance(60_000)
    expect(world.alarms).toHaveLength(1)
  })

  it('R3: a stored row of a command that gets no number stops the partition', async () => {
    const world = await createWorld()
    plant(world, 1, at(0))
    const target = { epoch: 1, seq: 9, messageId: 'm' }
    await world.submit(command({ kind: 'reaction.add', target, emoji: '👍' }))
    await world.environment.advance(60_000)
    expect(world.alarms).toHaveLength(1)
  })

  it('R3: a target that must be there and is not is an alarm, never a rejection', async () => {
    const world = await createWorld({ wrap: losing(() => true) })
    const [said] = await world.submit(send('hi'))
    const edit = command({ kind: 'message.edit', target: targetOf(said?.result), text: 'ho' })
    const [answer] = await world.submit(edit)
    await world.environment.advance(60_000)
    expect(answer).toBeUndefined()
    expect(world.alarms).toHaveLength(1)
  })

  it('R3: what a second look at every replica finds is no alarm', async () => {
    const asked: (boolean | undefined)[] = []
    const forgetful = losing((request) => {
      asked.push(request.confirm)
      return request.confirm !== true
    })
    const world = await createWorld({ wrap: forgetful })
    const [said] = await world.submit(send('hi'))
    const edit = command({ kind: 'message.edit', target: targetOf(said?.result), text: 'ho' })
    await world.submit(edit)
    await world.environment.advance(10_000)
    expect(world.answerTo(edit)?.result).toMatchObject({ status: 'accepted', channelSeq: 2 })
    expect(world.alarms).toEqual([])
    expect(asked).toEqual([undefined, undefined, true])
    await world.submit(send('and on'))
    expect(asked.at(-1)).toBeUndefined()
  })

  it('R3: while not every replica answers, the second look waits', async () => {
    let away = true
    const world = await createWorld({
      wrap: (store) => ({
        ...store,
        load: async (request) => {
          if (!request.confirm) {
            const loaded = await store.load(request)
            return { ...loaded, targets: loaded.targets.map(() => undefined) }
          }
          if (away) throw new StoreUnavailable('one replica is away')
          return store.load(request)
        },
      }),
    })
    const [said] = await world.submit(send('hi'))
    const edit = command({ kind: 'message.edit', target: targetOf(said?.result), text: 'ho' })
    await world.submit(edit)
    await world.environment.advance(600_000)
    expect(world.answerTo(edit)).toBeUndefined()
    expect(world.alarms).toEqual([])
    away = false
    await world.environment.advance(10_000)
    expect(world.answerTo(edit)?.result.status).toBe('accepted')
  })

  it('R3: damage that the store finds itself stops the partition', async () => {
    const world = await createWorld({
      wrap: (store) => ({
        ...store,
        load: () => Promise.reject(new StoreDamaged('two rows at number 1')),
      }),
    })
    await world.submit(send('hi'))
    await world.environment.advance(60_000)
    expect(world.alarms).toHaveLength(1)
    expect(world.alarms[0]?.message).toContain('two rows at number 1')
  })

  it('R3: a stopped partition is held: nothing is skipped, and its end is quiet', async () => {
    const world = await createWorld()
    plant(world, 1, at(5))
    const [, later] = await world.submit(send('one'), send('two', { channelId: 'random' }))
    await world.environment.advance(60_000)
    expect(later).toBeUndefined()
    const [afterwards] = await world.submit(send('three', { channelId: 'random' }))
    expect(afterwards).toBeUndefined()
    expect(await world.controls.log.lag()).toEqual([3])
    expect(world.alarms).toHaveLength(1)
    expect(world.released).toEqual([])
    world.controls.loseOwnership(0)
    await world.environment.advance(0)
    expect(world.released).toEqual([0])
  })

  it('R3: a stopped partition is tried again each minute, and goes on when what was missed is there', async () => {
    let lost = true
    const world = await createWorld({ wrap: losing(() => lost) })
    const [said] = await world.submit(send('hi'))
    const edit = command({ kind: 'message.edit', target: targetOf(said?.result), text: 'ho' })
    await world.submit(edit)
    await world.environment.advance(3 * 61_000)
    expect(world.alarms.length).toBeGreaterThanOrEqual(3)
    expect(world.released).toEqual([])
    lost = false
    await world.environment.advance(61_000)
    expect(world.answerTo(edit)?.result.status).toBe('accepted')
    expect(world.released).toEqual([0])
  })
})
