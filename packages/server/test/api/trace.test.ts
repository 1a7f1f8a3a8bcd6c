import { createConnection } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Hooks, RequestContext } from '../../src/index.js'
import { captureLog } from '../support/log.js'
import { startTestServer, type TestServer } from '../support/server.js'
import { Session } from '../support/session.js'
import { until } from '../support/wait.js'

const CALLER = '4bf92f3577b34da6a3ce929d0e0e4736'
const TRACEPARENT = `00-${CALLER}-00f067aa0ba902b7-01`
const captured = captureLog('debug')
const stored: (RequestContext | undefined)[] = []
let breaks = false
const hooks: Hooks = {
  beforeAccept() {
    if (breaks) throw new Error('the hook broke')
    return { allow: true }
  },
  afterStored(_events, requests) {
    stored.push(...requests)
  },
}

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ logger: captured.log, hooks })
  const { admin } = server.tidings
  await admin.upsertWorkspace({ workspaceId: 'w' })
  await admin.upsertChannel({ workspaceId: 'w', channelId: 'c', ownerId: 'alice' })
})
afterAll(() => server.end())

const post = (headers: Record<string, string>, text = 'what is said') =>
  server.call('alice', 'POST', '/v1/channels/c/messages', { text }, { headers })

/** The line about a request: it is written after the answer. */
async function lineOf(requestId: string) {
  const find = () =>
    captured.grep(`"request_id":"${requestId}"`).find((line) => line.msg === 'request')
  await until('the request is logged', () => find() !== undefined)
  return find()
}

describe('the trace of a request', () => {
  it('is the caller’s, on each line about it, with a span of ours', async () => {
    const { body } = await post({ traceparent: TRACEPARENT, tracestate: 'vendor=1, other=2' })
    const line = await lineOf(body.request_id)
    expect(line).toMatchObject({ trace_id: CALLER, status: 201 })
    expect(line.span_id).toMatch(/^[0-9a-f]{16}$/)
    expect(line.span_id).not.toBe('00f067aa0ba902b7')
    const lines = captured.grep(CALLER)
    expect(lines.every((one) => one.request_id === body.request_id)).toBe(true)
    expect(lines.every((one) => one.span_id === line.span_id)).toBe(true)
  })

  it('and the request’s id are told to afterStored, to go on with', async () => {
    const { body } = await post({ traceparent: TRACEPARENT, tracestate: 'vendor=1, other=2' })
    const { span_id } = await lineOf(body.request_id)
    await until('the hook is told', () =>
      stored.some((request) => request?.requestId === body.request_id),
    )
    expect(stored.find((request) => request?.requestId === body.request_id)).toEqual({
      requestId: body.request_id,
      trace: `00-${CALLER}-${span_id}-01`,
      traceState: 'vendor=1,other=2',
    })
  })

  it.each([
    ['is missing', {}],
    ['cannot be read', { traceparent: `00-${CALLER}-xyz-01`, tracestate: 'vendor=1' }],
    ['comes in upper case', { traceparent: TRACEPARENT.toUpperCase() }],
    ['is far too long', { traceparent: `${TRACEPARENT}-${'x'.repeat(4_000)}` }],
  ])('is a new one where the header %s', async (_, headers) => {
    const { status, body } = await post(headers)
    expect(status).toBe(201)
    const line = await lineOf(body.request_id)
    expect(line.trace_id).toMatch(/^[0-9a-f]{32}$/)
    expect(line.trace_id).not.toBe(CALLER)
  })

  it('is a new one where two headers name two', async () => {
    const { port } = server
    const socket = createConnection(port, '127.0.0.1')
    const other = TRACEPARENT.replace('00-4', '00-5')
    socket.write(
      `GET /v1/two HTTP/1.1\r\nHost: x\r\nConnection: close\r\ntraceparent: ${TRACEPARENT}\r\ntraceparent: ${other}\r\n\r\n`,
    )
    let answer = ''
    for await (const chunk of socket) answer += String(chunk)
    const line = await lineOf(/x-request-id: (\d+)/.exec(answer)?.[1] ?? 'none')
    expect([line.trace_id, line.path]).toEqual([expect.not.stringContaining('bf92f357'), '/v1/two'])
  })

  it('stands on the line of what no route takes and of what is refused', async () => {
    const headers = { traceparent: TRACEPARENT.replace(CALLER, 'a'.repeat(32)) }
    await server.call('nobody', 'GET', '/v1/me', undefined, { headers })
    await server.call('nobody', 'GET', '/nowhere', undefined, { headers })
    await until('both are logged', () => captured.grep('a'.repeat(32)).length === 2)
    expect(captured.grep('a'.repeat(32)).map((line) => line.status)).toEqual([401, 404])
  })

  it('stands on the warning of a hook that failed', async () => {
    breaks = true
    const { status, body } = await post({ traceparent: TRACEPARENT })
    breaks = false
    expect(status).toBe(503)
    const lines = captured.grep(body.error.request_id)
    expect(lines.find((line) => line.where === 'hook beforeAccept')).toMatchObject({
      level: 40,
      trace_id: CALLER,
    })
    expect(lines.find((line) => line.msg === 'command refused')).toMatchObject({
      code: 'unavailable',
    })
  })

  it('may be brought by a page of another origin', async () => {
    const cors = await startTestServer({ corsOrigins: ['https://app.example'] })
    const answer = await fetch(`${cors.url}/v1/me`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example',
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization,traceparent,tracestate',
      },
    })
    expect(answer.headers.get('access-control-allow-headers')).toMatch(/traceparent.*tracestate/)
    await cors.end()
  })
})

describe('the trace of a command over a socket', () => {
  it('begins at the gateway, one for each, and what is said stands in no line', async () => {
    const alice = await Session.greeted(server.url, 'alice')
    const before = captured.written.length
    await alice.sends('c', 'sesame one')
    const { channel_seq, message_id } = await alice.sends('c', 'sesame two')
    await alice.asks({
      type: 'message.edit',
      channel_id: 'c',
      client_msg_id: 'an-edit-of-two',
      first_try_ts: Date.now(),
      target_seq: channel_seq,
      target_message_id: message_id,
      text: 'sesame three',
    })
    const lines = captured.written.slice(before).map((line) => JSON.parse(line))
    const accepted = lines.filter((line) => line.msg === 'command accepted')
    expect(accepted.map((line) => line.type)).toEqual([
      'message.send',
      'message.send',
      'message.edit',
    ])
    expect(new Set(accepted.map((line) => line.trace_id)).size).toBe(3)
    for (const { trace_id } of accepted) expect(trace_id).toMatch(/^[0-9a-f]{32}$/)
    expect(captured.grep('sesame')).toEqual([])
    expect(captured.grep('what is said')).toEqual([])
    await alice.end()
  })

  it('is not told to clients: an event is what the protocol says', async () => {
    const alice = await Session.greeted(server.url, 'alice')
    await post({ traceparent: TRACEPARENT })
    await alice.hears('message.new')
    expect(JSON.stringify(alice.received)).not.toContain(CALLER)
    await alice.end()
  })
})
