import { type FastifyInstance, fastify } from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createServer, type TidingsServer } from '../../src/index.js'
import { newDataDir, TEST_OPTIONS } from '../support/server.js'
import { Session } from '../support/session.js'

let tidings: TidingsServer
let app: FastifyInstance
let url: string
const hooked: string[] = []

beforeEach(async () => {
  hooked.length = 0
  tidings = await createServer({ ...TEST_OPTIONS, basePath: '/chat', dataDir: await newDataDir() })
  await tidings.admin.upsertWorkspace({ workspaceId: 'w' })
  await tidings.admin.upsertChannel({ workspaceId: 'w', channelId: 'c', ownerId: 'alice' })
  app = fastify({ bodyLimit: 100 })
  // a host with ways of its own: a parser, an error form, a hook, a page for what is not there
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    done(null, `parsed by the host: ${body}`)
  })
  app.setErrorHandler((_error, _request, reply) => reply.code(599).send('an error of the host'))
  app.setNotFoundHandler((_request, reply) => reply.code(404).send('a page of the host'))
  app.addHook('onRequest', async (request) => {
    hooked.push(request.url)
  })
  await app.register(tidings.fastify)
  app.post('/echo', async (request) => request.body)
  app.get('/chat/own', async () => 'beside')
  url = await app.listen({ port: 0, host: '127.0.0.1' })
})
afterEach(async () => {
  await tidings.close()
  await app.close()
})

const post = (path: string, body: string, headers = {}) =>
  fetch(url + path, {
    method: 'POST',
    body,
    headers: { authorization: 'Bearer alice', 'content-type': 'application/json', ...headers },
  })

describe('the Fastify plugin', () => {
  it('answers under its base path with its own parsers, limits and errors', async () => {
    const text = 'x'.repeat(5_000)
    const sent = await post('/chat/v1/channels/c/messages', JSON.stringify({ text }))
    expect([sent.status, await sent.json()]).toMatchObject([201, { data: { channel_seq: 2 } }])
    const wrong = await post('/chat/v1/channels/c/messages', '{')
    expect([wrong.status, await wrong.json()]).toMatchObject([
      400,
      { error: { code: 'invalid_frame' } },
    ])
    const form = await post('/chat/v1/channels/c/messages', 'a=b', { 'content-type': 'text/plain' })
    expect(form.status).toBe(400)
    const nowhere = await fetch(`${url}/chat/v1/nowhere`)
    expect([nowhere.status, await nowhere.json()]).toMatchObject([
      404,
      { error: { code: 'not_found' } },
    ])
    expect((await fetch(`${url}/chat/healthz`)).status).toBe(200)
  })

  it('leaves the host’s own routes to the host', async () => {
    expect(await (await post('/echo', '{"a":1}')).text()).toBe('parsed by the host: {"a":1}')
    expect(await (await fetch(`${url}/chat/own`)).text()).toBe('beside')
    const missing = await fetch(`${url}/v1/me`)
    expect([missing.status, await missing.text()]).toEqual([404, 'a page of the host'])
  })

  it('lets the host’s hooks see what comes', async () => {
    await fetch(`${url}/chat/v1/me`)
    expect(hooked).toContain('/chat/v1/me')
  })

  it('serves sockets beside the host', async () => {
    const alice = await Session.greeted(url, 'alice', { path: '/chat/v1/ws' })
    expect(await alice.sends('c', 'hi')).toMatchObject({ type: 'message.ack', channel_seq: 2 })
    await alice.end()
  })

  it('serves the methods that it has', async () => {
    const headers = { authorization: 'Bearer alice' }
    for (const [method, path] of [
      ['PUT', '/chat/v1/channels/c/messages/1/reactions/x?message_id=m'],
      ['DELETE', '/chat/v1/channels/c/messages/1?message_id=m'],
    ] as const) {
      const answer = await fetch(url + path, { method, headers })
      expect(await answer.json()).toMatchObject({ error: { code: 'not_found' } })
    }
  })

  it('says that basePath tells where it is, where it is registered below a prefix', async () => {
    const other = fastify()
    const registering = other.register(tidings.fastify, { prefix: '/chat' })
    await expect(registering).rejects.toMatchObject({ name: 'ConfigError', field: 'basePath' })
  })

  it('sends clients away when the host closes, which would wait for them otherwise', async () => {
    const host = fastify()
    await host.register(tidings.fastify)
    host.addHook('onClose', async () => {
      await tidings.admin.send({ channelId: 'c', userId: 'alice', text: 'the last word' })
      await tidings.close()
    })
    const address = await host.listen({ port: 0, host: '127.0.0.1' })
    const alice = await Session.greeted(address, 'alice', { path: '/chat/v1/ws' })
    await host.close()
    expect(await alice.closed()).toBe(1001)
  })

  it('ends with the host when the host says so', async () => {
    app.server.closeIdleConnections()
    const alice = await Session.greeted(url, 'alice', { path: '/chat/v1/ws' })
    await tidings.close()
    expect(await alice.closed()).toBe(1001)
    await app.close()
    await expect(fetch(`${url}/echo`)).rejects.toThrow()
  })
})
