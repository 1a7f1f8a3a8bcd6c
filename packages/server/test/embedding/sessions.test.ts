import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.js'
import { Session } from '../support/session.js'

const secret = 'the secret of these tests, long enough'
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ authenticate: { secret } })
})
afterAll(() => server.end())

const tokenOf = (userId: string, tokenId?: string): Promise<string> => {
  const token = new SignJWT({ ...(tokenId !== undefined && { jti: tokenId }) })
  return token
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(secret))
}
const open = async (userId: string, token: string): Promise<number> => {
  const session = await Session.open(server.url, userId, { token })
  session.say({ type: 'hello', device_id: 'd1', last_seq_map: {} })
  return session.closed()
}
const status = async (token: string): Promise<number> =>
  (await server.call(token, 'GET', '/v1/me')).status

describe('ending the sessions of a user', () => {
  it('by a logout of one token leaves the others, and neither socket nor REST takes it any more', async () => {
    const [phone, laptop] = await Promise.all([tokenOf('ada', 'phone'), tokenOf('ada', 'laptop')])
    const one = await Session.greeted(server.url, 'ada', { token: phone })
    const other = await Session.greeted(server.url, 'ada', { token: laptop })
    expect([await status(phone), await status(laptop)]).toEqual([200, 200])
    const path = '/v1/users/ada/sessions?token_id=phone'
    expect((await server.call('server', 'DELETE', path)).body.data).toEqual({ ok: true })
    expect(await one.closed()).toBe(4009)
    expect([await status(phone), await status(laptop)]).toEqual([401, 200])
    expect(await open('ada', phone)).toBe(4001)
    expect(await other.asks({ type: 'ping', ts: 1 })).toMatchObject({ type: 'pong' })
    await other.end()
  })

  it('revokes the tokens that they came with', async () => {
    const token = await tokenOf('bob', 'b1')
    const session = await Session.greeted(server.url, 'bob', { token })
    await server.tidings.admin.endSessions({ userId: 'bob' })
    expect(await session.closed()).toBe(4009)
    expect(await open('bob', token)).toBe(4001)
    expect(await status(token)).toBe(401)
  })

  it('shuts out a user with whichever token, also one without an id', async () => {
    const token = await tokenOf('eve')
    const session = await Session.greeted(server.url, 'eve', { token })
    const path = '/v1/users/eve/sessions?refuse_for_ms=60000'
    expect((await server.call('server', 'DELETE', path)).status).toBe(200)
    expect(await session.closed()).toBe(4003)
    expect(await open('eve', token)).toBe(4003)
    expect(await status(await tokenOf('eve', 'new'))).toBe(403)
  })

  it('is refused where it makes no sense', async () => {
    for (const query of [
      'refuse_for_ms=-1',
      'refuse_for_ms=soon',
      'refuse_for_ms=',
      `refuse_for_ms=${31 * 24 * 3_600_000}`,
      'refuse_for_ms=1&device_id=d1',
      'device_id=',
    ]) {
      const answer = await server.call('server', 'DELETE', `/v1/users/ada/sessions?${query}`)
      expect([query, answer.status]).toEqual([query, 400])
    }
    await expect(
      server.tidings.admin.endSessions({ userId: 'ada', refuseForMs: -1 }),
    ).rejects.toMatchObject({
      code: 'invalid_frame',
      message: expect.stringContaining('refuseForMs'),
    })
  })
})

it('a token that its function says has expired opens neither socket nor REST', async () => {
  const expired = await startTestServer({
    authenticate: (userId) => ({ userId, expiresAt: Date.now() - 1 }),
  })
  expect((await expired.call('ada', 'GET', '/v1/me')).body.error.code).toBe('token_expired')
  const session = await Session.open(expired.url, 'ada')
  expect(await session.closed()).toBe(4001)
  await expired.end()
})
