import { rm } from 'node:fs/promises'
import { createServer as createNetServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { ConfigError, createServer, type ServerOptions } from '../../src/index.js'
import { newDataDir, startTestServer, TEST_OPTIONS } from '../support/server.js'
import { Session } from '../support/session.js'

const folders: string[] = []
async function folder(): Promise<string> {
  const made = await newDataDir()
  folders.push(made)
  return made
}
afterEach(async () => {
  for (const one of folders.splice(0)) await rm(one, { recursive: true, force: true })
})

describe('createServer', () => {
  it('is five lines', async () => {
    const dataDir = await folder()
    const authenticate = (token: string) => token
    const tidings = await createServer({ dataDir, authenticate, logLevel: 'silent' })
    const { url } = await tidings.listen({ port: 0 })
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    await tidings.close()
    await expect(fetch(`${url}/healthz`)).rejects.toThrow()
  })

  it('ends by itself at the end of a block', async () => {
    const dataDir = await folder()
    let url = ''
    {
      await using tidings = await createServer({ ...TEST_OPTIONS, dataDir })
      url = (await tidings.listen({ port: 0 })).url
    }
    await expect(fetch(`${url}/healthz`)).rejects.toThrow()
  })

  it('keeps what was said for the next start', async () => {
    const first = await startTestServer({ dataDir: await folder() })
    const { admin } = first.tidings
    await admin.upsertWorkspace({ workspaceId: 'w' })
    await admin.upsertChannel({ workspaceId: 'w', channelId: 'c', ownerId: 'alice' })
    const sent = await admin.send({
      channelId: 'c',
      userId: 'alice',
      text: 'kept',
      clientMsgId: 'm',
    })
    await first.tidings.close()
    const second = await startTestServer({ dataDir: first.dataDir })
    const { messages } = await second.tidings.admin.history({ channelId: 'c' })
    expect(messages.at(-1)).toMatchObject({ text: 'kept', channel_seq: sent.channel_seq })
    const again = await second.tidings.admin.send({
      channelId: 'c',
      userId: 'alice',
      text: 'again',
      clientMsgId: 'm',
    })
    expect(again).toEqual({ ...sent, deduplicated: true })
    await second.end()
  })

  it.each<[string, ServerOptions, string]>([
    ['a port that is none', { port: 70_000 }, 'port'],
    ['an empty folder name', { dataDir: '' }, 'dataDir'],
    ['an unknown setting', { prot: 8080 } as ServerOptions, 'prot'],
    ['nobody who could log in', { authenticate: undefined }, 'authSecret'],
    ['a short secret', { authenticate: undefined, authSecret: 'short' }, 'authSecret'],
    ['a short server key', { serverKeys: ['short'] }, 'serverKeys'],
    ['a key set at no address', { authenticate: undefined, authJwksUrl: 'nowhere' }, 'authJwksUrl'],
    ['a role left out', { roles: ['api'] }, 'roles'],
    ['a base path that is none', { basePath: 'chat/' }, 'basePath'],
  ])('says in one sentence what is wrong with %s', async (_, options, field) => {
    const dataDir = options.dataDir ?? (await folder())
    const error = await createServer({ ...TEST_OPTIONS, ...options, dataDir }).catch((e) => e)
    expect(error).toBeInstanceOf(ConfigError)
    expect(error.message).toContain(field)
    expect(error.message.split('\n')).toHaveLength(1)
    // nothing was left open: the folder is free
    if (dataDir !== '') await (await createServer({ ...TEST_OPTIONS, dataDir })).close()
  })

  it('leaves the folder to whoever has it', async () => {
    const server = await startTestServer({ dataDir: await folder() })
    await expect(createServer({ ...TEST_OPTIONS, dataDir: server.dataDir })).rejects.toThrow(/use/)
    const alice = await Session.greeted(server.url, 'alice')
    await alice.end()
    await server.end()
  })
})

describe('listen', () => {
  it('says in words that a port is taken, and can be asked again', async () => {
    const blocker = createNetServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => blocker.once('listening', resolve))
    const { port } = blocker.address() as { port: number }
    const tidings = await createServer({ ...TEST_OPTIONS, dataDir: await folder() })
    const error = await tidings.listen({ port }).catch((e) => e)
    expect(error).toMatchObject({
      name: 'ListenError',
      message: expect.stringContaining(`${port}`),
    })
    await tidings.listen({ port: 0 })
    await tidings.close()
    blocker.close()
  })

  it.each([Number.NaN, 70_000, -1])('on port %s is refused by one sentence', async (port) => {
    const tidings = await createServer({ ...TEST_OPTIONS, dataDir: await folder() })
    await expect(tidings.listen({ port })).rejects.toMatchObject({
      name: 'ListenError',
      message: `${port} is not a port.`,
    })
    await tidings.close()
  })

  it.each<[string, unknown]>([
    ['a port alone', 8080],
    ['null', null],
    ['a port that is null', { port: null }],
    ['a port that is an object', { port: {} }],
    ['an empty host, which would be every address', { port: 0, host: '' }],
    ['a host that is no text', { port: 0, host: 5 }],
  ])('refuses %s', async (_, options) => {
    const tidings = await createServer({ ...TEST_OPTIONS, dataDir: await folder() })
    await expect(tidings.listen(options as never)).rejects.toMatchObject({ name: 'ListenError' })
    await tidings.close()
  })

  it('can be had twice, on two ports', async () => {
    const tidings = await createServer({ ...TEST_OPTIONS, dataDir: await folder() })
    const urls = [await tidings.listen({ port: 0 }), await tidings.listen({ port: 0 })]
    for (const { url } of urls) expect((await fetch(`${url}/readyz`)).status).toBe(200)
    await tidings.close()
    for (const { url } of urls) await expect(fetch(`${url}/readyz`)).rejects.toThrow()
  })

  it('after close() is refused', async () => {
    const tidings = await createServer({ ...TEST_OPTIONS, dataDir: await folder() })
    await tidings.close()
    await expect(tidings.listen({ port: 0 })).rejects.toThrow(/closed/)
  })
})

describe('two servers in one process', () => {
  it('know nothing of each other', async () => {
    const servers = [await startTestServer(), await startTestServer()]
    for (const [i, { tidings }] of servers.entries()) {
      await tidings.admin.upsertWorkspace({ workspaceId: 'w' })
      await tidings.admin.upsertChannel({ workspaceId: 'w', channelId: 'c', ownerId: 'alice' })
      await tidings.admin.send({ channelId: 'c', userId: 'alice', text: `server ${i}` })
    }
    const sessions = await Promise.all(servers.map(({ url }) => Session.greeted(url, 'alice')))
    await servers[0]?.tidings.admin.send({ channelId: 'c', userId: 'alice', text: 'only here' })
    await sessions[0]?.hears('message.new')
    expect(sessions[1]?.all('message.new')).toEqual([])
    await servers[0]?.end()
    // the other one goes on
    expect(await sessions[1]?.sends('c', 'still here')).toMatchObject({ channel_seq: 3 })
    await sessions[1]?.end()
    await servers[1]?.end()
  })
})
