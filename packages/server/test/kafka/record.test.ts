import { describe, expect, it } from 'vitest'
import { decodeRecord, encodeCommand, encodeSeal } from '../../src/adapters/kafka/record.js'
import { command } from '../../src/ports/contract/log-support.js'
import { partitionOf } from '../../src/stream/partition.js'

const PARTITIONS = 12
const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

describe('a record', () => {
  it('R11: lies in the partition of its channel, keyed by it', () => {
    const record = encodeCommand(command('general'), PARTITIONS)
    expect(record).toMatchObject({
      partition: partitionOf('general', PARTITIONS),
      key: 'general',
    })
  })

  it('carries the request id, the trace context and the rules in its headers', () => {
    const trace = TRACE
    const { headers } = encodeCommand({ ...command('c'), requestId: 'r-1', trace }, PARTITIONS)
    expect(headers).toEqual({ rules: '1', request_id: 'r-1', traceparent: trace })
    const stateful = { ...command('c'), requestId: 'r-1', trace, traceState: 'vendor=1' }
    expect(encodeCommand(stateful, PARTITIONS).headers).toMatchObject({ tracestate: 'vendor=1' })
    expect(encodeCommand(command('c'), PARTITIONS).headers).not.toHaveProperty('traceparent')
  })

  it('is read as it was written', () => {
    const written = command('c', 'héllo \u0000')
    const { value, partition } = encodeCommand(written, PARTITIONS)
    expect(decodeRecord(value, partition, PARTITIONS)).toEqual({
      record: 'command',
      command: written,
    })
  })

  it.each([
    ['a trace that is none', { trace: 'x\n{"level":50}', traceState: 'vendor=1' }, {}],
    ['a trace that is a number', { trace: 7 }, {}],
    ['a state that breaks the rules', { trace: TRACE, traceState: 'no state' }, { trace: TRACE }],
    [
      'a request id that is no text',
      { requestId: { a: 1 }, trace: TRACE },
      { requestId: '', trace: TRACE },
    ],
  ])('R5: with %s is read without it: nothing is decided by that', (_, wrong, right) => {
    const sound = command('c', 'hello')
    const { value, partition } = encodeCommand({ ...sound, ...wrong } as never, PARTITIONS)
    expect(decodeRecord(value, partition, PARTITIONS)).toEqual({
      record: 'command',
      command: { ...sound, ...right },
    })
  })

  it('R11: of an unknown kind or version is left to the reader to judge', () => {
    const { value, partition } = encodeCommand({ ...command('c'), rules: 99 }, PARTITIONS)
    expect(decodeRecord(value, partition, PARTITIONS)).toMatchObject({ record: 'command' })
  })

  it('R11: in a partition that is not its channel’s is foreign', () => {
    const { value, partition } = encodeCommand(command('c'), PARTITIONS)
    const elsewhere = (partition + 1) % PARTITIONS
    expect(decodeRecord(value, elsewhere, PARTITIONS).record).toBe('foreign')
  })

  it.each([
    ['nothing', null],
    ['no JSON', Buffer.from('{oops')],
    ['no command', Buffer.from('{"kind":"message.send"}')],
    ['something else', Buffer.from('hello')],
  ])('of %s is foreign', (_, value) => {
    expect(decodeRecord(value, 0, PARTITIONS).record).toBe('foreign')
  })

  it('R10: may be the seal of its partition', () => {
    expect(decodeRecord(encodeSeal(7), 3, PARTITIONS).record).toBe('seal')
  })
})
