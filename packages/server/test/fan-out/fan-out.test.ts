import type { ChannelEvent } from '@tidings/protocol'
import { describe, expect, it } from 'vitest'
import { createMemoryPushBus } from '../../src/adapters/memory/push.js'
import { createMemoryRoutes } from '../../src/adapters/memory/routes.js'
import { createFanOut } from '../../src/fan-out/fan-out.js'
import { createInbox } from '../../src/fan-out/inbox.js'
import type { Answer, ChannelPush, PushBatch } from '../../src/ports/push.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'

const eventOf = (type: 'message.new' | 'member.joined', channelId: string, seq: number) =>
  ({
    type,
    channel_id: channelId,
    channel_seq: seq,
    message_count: seq,
    user_id: 'ada',
    client_msg_id: `m${seq}`,
    ts: 1,
    ...(type === 'message.new' ? { message_id: `${seq}`, text: 'hi' } : { role: 'member' }),
  }) as ChannelEvent

function pushOf(
  channelId: string,
  seq: number,
  type: 'message.new' | 'member.joined' = 'message.new',
): ChannelPush {
  const event = eventOf(type, channelId, seq)
  return {
    channelId,
    epoch: 1,
    fromSeq: 0,
    headSeq: seq,
    messageCount: seq,
    oldestSeq: 1,
    events: [{ event, json: JSON.stringify(event) }],
  }
}

const answerFor = (processId: string, replyTo: string): Answer => ({
  origin: { processId, replyTo },
  id: { channelId: 'c', userId: 'ada', clientMsgId: 'm' },
  result: { status: 'accepted', epoch: 1, channelSeq: 1, messageId: '1', ts: 1 },
  deduplicated: false,
})

function world(
  options: {
    lookup?: () => Promise<readonly (readonly string[])[]>
    lookupTimeoutMs?: number
  } = {},
) {
  const environment = createVirtualEnvironment()
  const bus = createMemoryPushBus()
  const { lookupTimeoutMs, ...over } = options
  const routes = { ...createMemoryRoutes(), ...over }
  const got: Record<string, PushBatch[]> = { p1: [], p2: [] }
  for (const processId of ['p1', 'p2']) {
    bus.register(processId, {
      receive: (batch) => got[processId]?.push(batch),
      confirmRemoval: async () => undefined,
    })
  }
  const stored: (readonly ChannelEvent[])[] = []
  const failed: string[] = []
  const fanOut = createFanOut({
    environment,
    bus,
    routes,
    afterStored: (events) => stored.push(events),
    onPushFailed: (processId) => failed.push(processId),
    ...(lookupTimeoutMs !== undefined && { lookupTimeoutMs }),
  })
  const announce = (channels: ChannelPush[], answers: Answer[] = []) =>
    fanOut.announce({ partition: 0, channels, answers })
  const seqsOf = (processId: string) =>
    got[processId]?.flatMap((batch) =>
      batch.channels.map((channel) => channel.events.map((one) => one.event.channel_seq)),
    )
  return { environment, bus, routes, got, stored, failed, fanOut, announce, seqsOf }
}

describe('fan-out', () => {
  it('goes to the processes with a route, in the order of the announcements, and answers go to their origin', async () => {
    const { environment, routes, got, announce, seqsOf } = world()
    await routes.assert('p1', ['c'])
    announce([pushOf('c', 1)], [answerFor('p2', 'x')])
    announce([pushOf('c', 2)])
    await environment.settle()
    expect(seqsOf('p1')).toEqual([[1], [2]])
    expect(got.p2?.map((batch) => [batch.channels.length, batch.answers.length])).toEqual([[0, 1]])
  })

  it('R12: goes to everybody when the routes cannot be had', async () => {
    const { environment, announce, seqsOf } = world({
      lookup: () => Promise.reject(new Error('away')),
    })
    announce([pushOf('c', 1)])
    await environment.settle()
    expect(seqsOf('p1')).toEqual([[1]])
    expect(seqsOf('p2')).toEqual([[1]])
  })

  it('R12: routes that do not answer are not waited for, and not asked again for a while', async () => {
    let asked = 0
    const { environment, announce, seqsOf } = world({
      lookup: () => {
        asked += 1
        return new Promise<never>(() => undefined)
      },
      lookupTimeoutMs: 50,
    })
    announce([pushOf('c', 1)])
    await environment.advance(49)
    expect(seqsOf('p1')).toEqual([])
    await environment.advance(1)
    expect(seqsOf('p1')).toEqual([[1]])
    announce([pushOf('c', 2)])
    await environment.settle()
    expect(seqsOf('p2')).toEqual([[1], [2]])
    expect(asked).toBe(1)
    await environment.advance(1_000)
    announce([pushOf('c', 3)])
    await environment.advance(50)
    expect(asked).toBe(2)
  })

  it('R12: looks routes up for many announcements at once, and keeps their order whichever comes first', async () => {
    const answers: ((targets: readonly (readonly string[])[]) => void)[] = []
    const { environment, announce, seqsOf } = world({
      lookup: () => new Promise((resolve) => answers.push(resolve)),
    })
    announce([pushOf('c', 1)])
    announce([pushOf('c', 2)])
    await environment.settle()
    expect(answers).toHaveLength(2)
    answers[1]?.([['p1']])
    await environment.settle()
    expect(seqsOf('p1')).toEqual([])
    answers[0]?.([['p1']])
    await environment.settle()
    expect(seqsOf('p1')).toEqual([[1], [2]])
  })

  it('tells everybody of a join: who joins may be connected where no route leads yet', async () => {
    const { environment, routes, announce, seqsOf } = world()
    await routes.assert('p1', ['c'])
    announce([pushOf('c', 1, 'member.joined')])
    await environment.settle()
    expect(seqsOf('p2')).toEqual([[1]])
  })

  it('R12: repeats the heads of channels that were active, a few times and without their events', async () => {
    const { environment, routes, got, announce } = world()
    announce([pushOf('c', 1)])
    await environment.settle()
    await routes.assert('p1', ['c'])
    await environment.advance(20_000)
    expect(got.p1?.map((batch) => batch.channels)).toEqual(
      Array.from({ length: 3 }, () => [{ ...pushOf('c', 1), events: [] }]),
    )
  })

  it('brings what was announced before it was closed', async () => {
    const { environment, routes, got, fanOut, announce, seqsOf } = world()
    await routes.assert('p1', ['c'])
    announce([pushOf('c', 1)])
    announce([], [answerFor('p2', 'x')])
    await fanOut.close()
    await environment.settle()
    expect(seqsOf('p1')).toEqual([[1]])
    expect(got.p2?.flatMap((batch) => batch.answers)).toHaveLength(1)
  })

  it('reports a push that failed and goes on', async () => {
    const { environment, routes, announce, failed, seqsOf } = world()
    await routes.assert('gone', ['c'])
    await routes.assert('p1', ['c'])
    announce([pushOf('c', 1)])
    await environment.settle()
    expect(failed).toEqual(['gone'])
    expect(seqsOf('p1')).toEqual([[1]])
  })

  it('tells the hook of stored events in order', async () => {
    const { announce, stored } = world()
    announce([pushOf('c', 1)])
    announce([pushOf('c', 2)])
    expect(stored.flat().map((event) => event.channel_seq)).toEqual([1, 2])
  })
})

describe('the inbox of a process', () => {
  it('gives an answer to who waits for it, once, and all others to the gateway', () => {
    const inbox = createInbox()
    const gateway: PushBatch[] = []
    inbox.attach({ receive: (batch) => gateway.push(batch), confirmRemoval: async () => undefined })
    const mine: Answer[] = []
    inbox.expect('r1', (answer) => mine.push(answer))
    const batch = { channels: [], answers: [answerFor('p1', 'r1'), answerFor('p1', 'c1')] }
    inbox.receive(batch)
    inbox.receive(batch)
    expect(mine).toHaveLength(1)
    expect(gateway.map((one) => one.answers.map((answer) => answer.origin.replyTo))).toEqual([
      ['c1'],
      ['r1', 'c1'],
    ])
  })
})
