import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fromWire, toWire } from '../../src/adapters/grpc/messages.js'
import { splitBatch } from '../../src/adapters/grpc/split.js'
import type { PushBatch } from '../../src/ports/push.js'
import { until } from '../support/wait.js'
import { batchOf, createWorld, Recorder } from './world.js'

const PACKAGE = join(import.meta.dirname, '../..')
const GENERATED = 'tidings/bus/v1/bus.ts'

describe('messages between processes', () => {
  it('are generated from the .proto: what is committed is what comes out', async () => {
    const out = await mkdtemp(join(tmpdir(), 'tidings-proto-'))
    const template = await readFile(join(PACKAGE, 'proto/buf.gen.yaml'), 'utf8')
    const elsewhere = template.replace(/^(\s*out: ).*$/m, `$1${out}`)
    const bin = join(PACKAGE, '../../node_modules/.bin')
    execFileSync(join(bin, 'buf'), ['generate', '--template', elsewhere], {
      cwd: join(PACKAGE, 'proto'),
      env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
    })
    const committed = join(PACKAGE, 'src/adapters/grpc/generated', GENERATED)
    expect(await readFile(committed, 'utf8')).toBe(await readFile(join(out, GENERATED), 'utf8'))
    await rm(out, { recursive: true })
  })

  it('carry every kind of answer and what is asked of the outbox', () => {
    const origin = { processId: 'p', replyTo: 'r/1' }
    const id = { channelId: 'c', userId: '', clientMsgId: 'é👋' }
    const batch: PushBatch = {
      channels: [],
      answers: [
        {
          origin,
          id,
          deduplicated: true,
          result: { status: 'accepted', epoch: 2, channelSeq: 2 ** 53 - 1, messageId: '1', ts: 5 },
          requestId: 'q1',
          trace: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        },
        {
          origin,
          id,
          deduplicated: false,
          result: { status: 'noop', epoch: 1, messageId: '', ts: 0 },
        },
        {
          origin,
          id,
          deduplicated: false,
          result: { status: 'rejected', code: 'not_found', message: 'There is none.' },
        },
      ],
      outbox: {
        processId: 'p',
        entries: [
          {
            entryId: 7,
            channelId: 'c',
            userId: 'u',
            payload: { kind: 'member.join', role: 'member' },
            createdAt: 1,
          },
        ],
      },
    }
    expect(fromWire({ number: 1, ...toWire(batch) })).toEqual(batch)
  })

  it('carry for each event which request made it, where that is known', () => {
    const [channel] = batchOf(1, 3).channels
    if (channel === undefined) throw new Error('there is one channel')
    const [first, second, third] = channel.events
    if (!first || !second || !third) throw new Error('there are three events')
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const events = [
      { ...first, request: { requestId: 'q1', trace, traceState: 'of=nobody-here' } },
      second,
      { ...third, request: { requestId: 'q 3' } },
    ]
    const pushed = (batch: PushBatch) =>
      fromWire({ number: 1, ...toWire(batch) }).channels[0]?.events.map(({ request }) => request)
    expect(pushed({ channels: [{ ...channel, events }], answers: [] })).toEqual([
      { requestId: 'q1', trace },
      undefined,
      { requestId: 'q 3' },
    ])
    const [bare] = toWire({ channels: [channel], answers: [] }).channels
    expect([bare?.requestIds, bare?.traces]).toEqual([[], []])
  })

  it('read an event only when somebody looks at it', () => {
    const batch = batchOf(1)
    const wire = toWire(batch)
    const [channel] = wire.channels
    channel?.events.splice(0, 1, Buffer.from('no JSON at all'))
    const received = fromWire({ number: 1, ...wire })
    expect(received.channels[0]?.events[0]?.json).toBe('no JSON at all')
    expect(() => received.channels[0]?.events[0]?.event).toThrow(SyntaxError)
  })

  it('R12: what is too much for one is cut between events, each part saying how far it reaches', () => {
    const batch = batchOf(1, 100, 'x'.repeat(1_000))
    const parts = splitBatch(batch, 16_000)
    expect(parts.length).toBeGreaterThan(5)
    expect(parts.every((part) => part.bytes <= 16_000)).toBe(true)
    const channels = parts.flatMap((part) => part.batch.channels)
    expect(channels.flatMap((channel) => channel.events)).toEqual(batch.channels[0]?.events)
    for (const channel of channels) {
      expect(channel.headSeq).toBe(channel.events.at(-1)?.event.channel_seq)
      expect(channel.messageCount).toBe(channel.events.at(-1)?.event.message_count)
    }
  })

  it('bring a batch of many megabytes, in order', async () => {
    const { open } = createWorld()
    const receiver = new Recorder()
    const there = await open()
    there.register('p', receiver)
    const here = await open({ maxWaitingBytes: 64 * 1024 * 1024 })
    await here.push('p', batchOf(1, 500, 'é'.repeat(15_000)))
    await until('all are there', () => receiver.seqs.length === 500)
    expect(receiver.seqs).toEqual(Array.from({ length: 500 }, (_, i) => i + 1))
    expect(receiver.batches.length).toBeGreaterThan(10)
  })
})
