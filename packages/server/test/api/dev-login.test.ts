import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createServer } from '../../src/index.js'
import { newDataDir, startTestServer, type TestServer } from '../support/server.js'
import { Session } from '../support/session.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ devLogin: true, authenticate: undefined })
})
afterAll(() => server.end())

const login = async (name: string) => server.call('nobody', 'POST', '/v1/dev/login', { name })

describe('the development login', () => {
  it('makes whoever types a name a member of the first channel', async () => {
    const { status, body } = await login('Ada Lovelace')
    expect(status).toBe(200)
    expect(body.data).toMatchObject({
      user_id: 'ada-lovelace',
      workspace_id: 'home',
      channel_id: 'general',
    })
    const session = await Session.greeted(server.url, 'ada', { token: body.data.token })
    expect(session.received[0]).toMatchObject({
      user_id: 'ada-lovelace',
      channels: [{ channel_id: 'general', role: 'member' }],
    })
    expect(session.received[0].token_expires_in_ms).toBeLessThanOrEqual(body.data.expires_in_ms)
    await session.end()
  })

  it('takes the same name for the same user', async () => {
    const ids = await Promise.all(
      ['Grace Hopper', ' grace   hopper ', 'GRACE HOPPER'].map(
        async (name) => (await login(name)).body.data.user_id,
      ),
    )
    expect(new Set(ids)).toEqual(new Set(['grace-hopper']))
  })

  it.each([
    ['of another script', '漢字'],
    ['of letters beyond the first plane, cut at 64 units', `a${'𠀀'.repeat(60)}`],
    ['of dashes where it is cut', `${'x'.repeat(63)} y`],
    ['of reserved words', '__proto__'],
    ['of dots', 'a..b'],
    ['that grows when it is normalised', 'ﷺ'.repeat(20)],
  ])('makes an id that can be used of a name %s', async (_, name) => {
    const { status, body } = await login(name)
    expect(status).toBe(200)
    const me = await server.call(body.data.token, 'GET', '/v1/me')
    expect(me.body.data).toMatchObject({ user_id: body.data.user_id, name: name.trim() })
  })

  it.each(['', '   ', '...', '🙂', 'x'.repeat(201), '\ud800'])(
    'refuses the name %j',
    async (name) => {
      const { status, body } = await login(name)
      expect([status, body.error.code]).toEqual([400, 'invalid_frame'])
    },
  )

  it('is not there unless it was asked for', async () => {
    const other = await startTestServer()
    const answer = await other.call('alice', 'POST', '/v1/dev/login', { name: 'x' })
    expect(answer.status).toBe(404)
    await other.end()
  })

  it('does not start in production, and leaves nothing behind', async () => {
    const before = process.env.NODE_ENV
    process.env.NODE_ENV = 'production'
    const dataDir = await newDataDir()
    try {
      await expect(createServer({ devLogin: true, dataDir })).rejects.toThrow(/NODE_ENV/)
    } finally {
      process.env.NODE_ENV = before
    }
    // the folder is free
    const next = await startTestServer({ dataDir })
    await next.end()
  })
})
