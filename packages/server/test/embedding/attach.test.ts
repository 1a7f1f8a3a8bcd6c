import { EventEmitter, once } from 'node:events'
import { createServer as createHttpServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { createServer, type TidingsServer } from '../../src/index.js'
import { RawConnection, upgradeRequest } from '../support/raw.js'
import { newDataDir, TEST_OPTIONS } from '../support/server.js'
import { Session } from '../support/session.js'
import { until } from '../support/wait.js'

let tidings: TidingsServer
let http: Server
let url: string
let port: number
const asked: string[] = []

async function start(basePath: string): Promise<void> {
  tidings = await createServer({ ...TEST_OPTIONS, basePath, dataDir: await newDataDir() })
  await tidings.admin.upsertWorkspace({ workspaceId: 'w' })
  await tidings.admin.upsertChannel({ workspaceId: 'w', channelId: 'c', ownerId: 'alice' })
  asked.length = 0
  http = createHttpServer((request, response) => {
    asked.push(request.url ?? '')
    response.end(`theirs: ${request.url}`)
  }).listen(0, '127.0.0.1')
  await once(http, 'listening')
  port = (http.address() as AddressInfo).port
  url = `http://127.0.0.1:${port}`
}
async function stop(): Promise<void> {
  await tidings.close()
  http.closeAllConnections()
  if (http.listening) await new Promise((resolve) => http.close(resolve))
}
/** How many calls led here. */
function stackDepth(): number {
  Error.stackTraceLimit = 1_000
  const { stack = '' } = new Error()
  Error.stackTraceLimit = 10
  return stack.split('\n').length
}
const text = async (path: string) => (await fetch(url + path)).text()
const me = async (path: string) =>
  (await fetch(url + path, { headers: { authorization: 'Bearer alice' } })).json()

describe('attached to a server that somebody has', () => {
  beforeEach(() => start('/chat'))
  afterEach(stop)

  it('answers what is under its base path and leaves the rest alone', async () => {
    tidings.attach(http)
    expect(await me('/chat/v1/me')).toMatchObject({ data: { user_id: 'alice' } })
    expect((await fetch(`${url}/chat/healthz`)).status).toBe(200)
    for (const path of ['/', '/v1/me', '/chat', '/chatty/v1/me', '/chat/v1extra', '/chat/other']) {
      expect(await text(path)).toBe(`theirs: ${path}`)
    }
    expect(asked).not.toContain('/chat/v1/me')
    const session = await Session.greeted(url, 'alice', { path: '/chat/v1/ws' })
    expect(await session.sends('c', 'hello')).toMatchObject({ type: 'message.ack' })
    await session.end()
  })

  it('leaves other upgrades to whoever else takes them', async () => {
    const theirs = new WebSocketServer({ noServer: true })
    http.on('upgrade', (request, socket, head) => {
      if (request.url !== '/theirs') return
      theirs.handleUpgrade(request, socket, head, (ws: WebSocket) => ws.send('hello from theirs'))
    })
    tidings.attach(http)
    const connection = await RawConnection.upgraded(port, { path: '/theirs', protocols: '' })
    await until('it is greeted', () => connection.text.includes('hello from theirs'))
    connection.reset()
    const session = await Session.greeted(url, 'alice', { path: '/chat/v1/ws' })
    await session.end()
    theirs.close()
  })

  it('refuses an upgrade that nobody takes', async () => {
    tidings.attach(http)
    const connection = await RawConnection.open(port)
    connection.write(upgradeRequest({ path: '/elsewhere' }))
    const { status, body } = await connection.httpAnswer()
    expect([status, body.error.code]).toEqual([404, 'not_found'])
  })

  it('lets go when it is told to', async () => {
    const detach = tidings.attach(http)
    detach()
    expect(await text('/chat/v1/me')).toBe('theirs: /chat/v1/me')
    expect(http.listenerCount('request')).toBe(1)
    expect(http.listenerCount('upgrade')).toBe(0)
  })

  it('lets go once, however often it is told to', async () => {
    const detach = tidings.attach(http)
    detach()
    detach()
    expect(await text('/other')).toBe('theirs: /other')
    expect(http.listenerCount('request')).toBe(1)
  })

  it('shares the server with another of its kind, whichever of them lets go first', async () => {
    const other = await createServer({
      ...TEST_OPTIONS,
      basePath: '/other',
      dataDir: await newDataDir(),
    })
    const detach = tidings.attach(http)
    const detachOther = other.attach(http)
    for (const path of ['/chat/v1/ws', '/other/v1/ws']) {
      await (await Session.greeted(url, 'alice', { path })).end()
    }
    const connection = await RawConnection.open(port)
    connection.write(upgradeRequest({ path: '/elsewhere' }))
    expect((await connection.httpAnswer()).status).toBe(404)
    detach()
    expect(await text('/chat/healthz')).toBe('theirs: /chat/healthz')
    expect((await fetch(`${url}/other/healthz`)).status).toBe(200)
    detachOther()
    expect(await text('/other/healthz')).toBe('theirs: /other/healthz')
    expect(asked).toEqual(['/chat/healthz', '/other/healthz'])
    await other.close()
  })

  it('makes the way of their requests no longer, however often two attach and let go in turn', async () => {
    const dataDir = await newDataDir()
    const other = await createServer({ ...TEST_OPTIONS, basePath: '/other', dataDir })
    const depths: number[] = []
    http.on('request', () => depths.push(stackDepth()))
    let detach = tidings.attach(http)
    let detachOther = other.attach(http)
    await text('/')
    for (let turn = 0; turn < 20; turn++) {
      detach()
      detach = tidings.attach(http)
      detachOther()
      detachOther = other.attach(http)
    }
    await text('/')
    expect(depths[1]).toBe(depths[0])
    expect((await fetch(`${url}/chat/healthz`)).status).toBe(200)
    expect((await fetch(`${url}/other/healthz`)).status).toBe(200)
    detach()
    detachOther()
    expect(await text('/chat/healthz')).toBe('theirs: /chat/healthz')
    expect(http.listenerCount('request')).toBe(2)
    await other.close()
  })

  it('keeps what was attached anew when it is told once more to let go of what was before', async () => {
    const detach = tidings.attach(http)
    detach()
    tidings.attach(http)
    detach()
    expect((await fetch(`${url}/chat/healthz`)).status).toBe(200)
    const failed = (): void => void tidings.attach(http)
    expect(failed).toThrow(expect.objectContaining({ name: 'ConfigError', field: 'basePath' }))
  })

  it('is attached to a server once: two would answer the same socket', async () => {
    tidings.attach(http)
    const failed = (): void => void tidings.attach(http)
    expect(failed).toThrow(expect.objectContaining({ name: 'ConfigError', field: 'basePath' }))
    await (await Session.greeted(url, 'alice', { path: '/chat/v1/ws' })).end()
  })

  it('says what it can be attached to', () => {
    for (const wrong of [undefined, {}, () => undefined, new EventEmitter()]) {
      const failed = (): void => void tidings.attach(wrong as never)
      expect(failed).toThrow(expect.objectContaining({ name: 'ConfigError', field: 'server' }))
    }
  })

  it('after close() says that it is going away, and theirs go on', async () => {
    tidings.attach(http)
    await tidings.close()
    const answer = await fetch(`${url}/chat/v1/me`, { headers: { authorization: 'Bearer alice' } })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await answer.json()).toMatchObject({ data: null, error: { code: 'unavailable' } })
    expect((await fetch(`${url}/chat/readyz`)).status).toBe(503)
    expect(await text('/other')).toBe('theirs: /other')
    const late = await RawConnection.open(port)
    late.write(upgradeRequest({ path: '/chat/v1/ws' }))
    const { status, body, head } = await late.httpAnswer()
    expect([status, body.error.code]).toEqual([503, 'unavailable'])
    expect(head).toContain('Retry-After: 1')
  })
})

describe('handle()', () => {
  beforeEach(() => start(''))
  afterEach(stop)

  it('answers what is ours and says false of the rest', async () => {
    http.removeAllListeners('request')
    http.on('request', (request, response) => {
      if (!tidings.handle(request, response)) response.end('not ours')
    })
    expect(await me('/v1/me')).toMatchObject({ data: { user_id: 'alice' } })
    expect(await me('/v1/nowhere')).toMatchObject({ error: { code: 'not_found' } })
    expect(await text('/v2/me')).toBe('not ours')
    expect(await text('/')).toBe('not ours')
  })
})
