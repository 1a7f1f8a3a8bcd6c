import kafkajs from 'kafkajs'
import { afterAll, expect, it } from 'vitest'
import { createServer, type TidingsServer } from '../../src/index.js'
import { captureLog } from '../support/log.js'
import { Session } from '../support/session.js'
import { until } from '../support/wait.js'
import { settingsOfCluster } from './real.js'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const settings = await settingsOfCluster('postgres')
const [key] = settings.serverKeys ?? []
const running: TidingsServer[] = []
afterAll(async () => {
  for (const server of running.reverse()) await server.close()
})

async function start(role: 'api' | 'gateway' | 'sequencer') {
  const captured = captureLog('debug')
  const server = await createServer({
    ...settings,
    roles: [role],
    logger: captured.log,
    authenticate: async (token: string) => ({ userId: token }),
  })
  running.push(server)
  const { url } = await server.listen({ port: 0 })
  return { server, url, captured, steps: () => captured.grep(TRACE).map((line) => line.msg) }
}

/** What Kafka holds of the one record with this header. */
async function headersOf(topic: string, traceId: string): Promise<Record<string, string>> {
  const kafka = new kafkajs.Kafka({
    brokers: settings.kafkaBrokers ?? [],
    logLevel: kafkajs.logLevel.NOTHING,
  })
  const consumer = kafka.consumer({ groupId: `${topic}.reader` })
  let found: Record<string, string> | undefined
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    await consumer.run({
      eachMessage: async ({ message }) => {
        const headers = Object.entries(message.headers ?? {})
        const texts = Object.fromEntries(headers.map(([name, value]) => [name, String(value)]))
        if (texts.traceparent?.includes(traceId)) found = texts
      },
    })
    await until('the record is read', () => found !== undefined)
  } finally {
    await consumer.disconnect()
  }
  return found ?? {}
}

it('one message is followed by one grep from a request over Kafka, the sequencer and gRPC to a socket', async () => {
  const [api, gateway, sequencer] = await Promise.all([
    start('api'),
    start('gateway'),
    start('sequencer'),
  ])
  const { admin } = api.server
  await admin.upsertWorkspace({ workspaceId: 'w' })
  await admin.upsertChannel({ workspaceId: 'w', channelId: 'general' })
  await admin.upsertMember({ channelId: 'general', userId: 'bob', role: 'member' })
  const bob = await Session.greeted(gateway.url, 'bob')
  const answer = await fetch(`${api.url}/v1/channels/general/messages`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      traceparent: `00-${TRACE}-00f067aa0ba902b7-01`,
      tracestate: 'vendor=1',
    },
    body: JSON.stringify({ text: 'an open secret', user_id: 'bob' }),
  })
  const { request_id, data } = (await answer.json()) as {
    request_id: string
    data: { message_id: string; channel_seq: number }
  }
  await bob.hears('message.new')
  await until('the request is logged', () => api.steps().includes('request'))

  expect(api.steps()).toEqual(['command accepted', 'command answered', 'request'])
  expect(gateway.steps()).toEqual(['command delivered'])
  // what routes do not answer in time goes to everybody, so there may be more pushes
  const [stored, ...pushes] = sequencer.captured.grep(TRACE)
  expect(stored).toMatchObject({
    msg: 'command stored',
    message_id: data.message_id,
    channel_seq: data.channel_seq,
  })
  for (const { captured } of [api, gateway]) {
    const to = captured.grep(TRACE)[0].process_id
    expect(pushes).toContainEqual(expect.objectContaining({ msg: 'command pushed', to }))
  }
  const lines = [api, sequencer, gateway].flatMap(({ captured }) => captured.grep(TRACE))
  const [{ span_id }] = lines
  for (const line of lines) expect(line).toMatchObject({ request_id, trace_id: TRACE, span_id })
  expect(await headersOf(`${settings.kafkaTopicPrefix}.g1`, TRACE)).toEqual({
    rules: '1',
    request_id,
    traceparent: `00-${TRACE}-${span_id}-01`,
    tracestate: 'vendor=1',
  })
  for (const { captured } of [api, sequencer, gateway]) {
    expect(captured.grep('an open secret')).toEqual([])
    expect(captured.grep('00f067aa0ba902b7')).toEqual([])
  }
  await bob.end()
}, 60_000)
