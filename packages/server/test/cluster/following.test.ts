import { afterEach, describe, expect, it } from 'vitest'
import { until } from '../support/wait.js'
import { type Cluster, createCluster } from './world.js'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const trace = `00-${TRACE}-00f067aa0ba902b7-01`

let cluster: Cluster
afterEach(() => cluster.end())

async function started(logLevel: string) {
  cluster = await createCluster({ logLevel })
  const api = await cluster.start('api')
  const [a, b] = [await cluster.start('gateway'), await cluster.start('gateway')]
  const sequencer = await cluster.start('sequencer')
  await api.members('general', 'ada', 'bob')
  const [ada, bob] = [await a.connect('ada'), await b.connect('bob')]
  const shown = () =>
    until('both are shown it', () =>
      [ada, bob].every((socket) => socket.received('message.new').length === 1),
    )
  return { api, a, b, sequencer, ada, shown, all: [api, a, b, sequencer] }
}

describe('one message is followed over all processes by one grep at level debug', () => {
  it('from a request over its api process and the sequencer to the gateways', async () => {
    const { api, a, b, sequencer, shown } = await started('debug')
    const request = { requestId: '7', trace }
    const sent = await api.send('general', 'ada', 'an open secret', request)
    await shown()

    const steps = [api, sequencer, a, b].map(({ captured }) =>
      captured.grep(TRACE).map((line) => line.msg),
    )
    expect(steps).toEqual([
      ['command accepted', 'command answered'],
      ['command stored', ...Array(3).fill('command pushed')],
      ['command delivered'],
      ['command delivered'],
    ])
    const lines = [api, sequencer, a, b].flatMap(({ captured }) => captured.grep(TRACE))
    const { message_id, channel_seq } = sent as { message_id: string; channel_seq: number }
    for (const line of lines) {
      expect(line).toMatchObject({
        level: 20,
        request_id: '7',
        trace_id: TRACE,
        span_id: '00f067aa0ba902b7',
        channel_id: 'general',
      })
    }
    expect(lines[0]).toMatchObject({ user_id: 'ada', message_id, process_id: api.processId })
    const stored = sequencer.captured.grep(TRACE)[0]
    expect(stored).toMatchObject({ message_id, channel_seq, result: 'accepted' })
    const pushed = sequencer.captured.grep(TRACE).slice(1)
    expect(pushed.map((line) => line.to).sort()).toEqual(
      [api, a, b].map((process) => process.processId).sort(),
    )
    expect(b.captured.grep(TRACE)[0]).toMatchObject({
      process_id: b.processId,
      connections: 1,
      channel_seq,
    })
    for (const { captured } of [api, sequencer, a, b]) {
      expect(captured.grep('an open secret')).toEqual([])
    }
  })

  it('from the gateway of its sender, by the id that its ack tells', async () => {
    const { a, b, sequencer, ada, shown } = await started('debug')
    ada.say({
      type: 'message.send',
      channel_id: 'general',
      client_msg_id: 'm1',
      first_try_ts: Date.now(),
      text: 'over a socket',
    })
    await until('it is acknowledged', () => ada.received('message.ack').length === 1)
    await shown()
    const { message_id } = ada.received('message.ack')[0] as { message_id: string }
    const traceId = a.captured.grep(message_id)[0]?.trace_id
    expect(traceId).toMatch(/^[0-9a-f]{32}$/)
    expect(a.captured.grep(traceId).map((line) => line.msg)).toEqual([
      'command accepted',
      'command delivered',
      'command answered',
    ])
    expect(sequencer.captured.grep(traceId)[0]).toMatchObject({ msg: 'command stored', message_id })
    expect(b.captured.grep(traceId).map((line) => line.msg)).toEqual(['command delivered'])
  })

  it('and where it is repeated, by the trace of each try', async () => {
    const { api, sequencer } = await started('debug')
    const draft = { type: 'message.send', channel_id: 'general', text: 'x', client_msg_id: 'same' }
    const submit = (requestId: string, digit: string) =>
      api.serving.messages.submit({ kind: 'user', userId: 'ada' }, undefined, draft as never, {
        requestId,
        trace: trace.replace(TRACE, digit.repeat(32)),
      })
    await submit('1', 'a')
    await submit('2', 'b')
    const stored = (digit: string) => sequencer.captured.grep(digit.repeat(32))[0]
    expect(stored('a')).toMatchObject({ request_id: '1', deduplicated: false })
    expect(stored('b')).toMatchObject({ request_id: '2', deduplicated: true })
    expect(stored('b').channel_seq).toBe(stored('a').channel_seq)
  })

  it('at level info there is not one line for it', async () => {
    const { api, all, shown } = await started('info')
    await api.send('general', 'ada', 'quiet', { requestId: '7', trace })
    await shown()
    for (const { captured } of all) expect(captured.written).toEqual([])
  })
})
