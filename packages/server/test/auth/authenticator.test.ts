import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { createRemoteJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAuthenticator } from '../../src/auth/authenticator.js'
import { createDevLogin } from '../../src/auth/dev-login.js'
import { AuthError, type Authenticator } from '../../src/auth/port.js'
import { createServerKeys } from '../../src/auth/server-keys.js'
import { cachingAuthenticator } from '../../src/auth/token-cache.js'
import { PLATFORM_USER_ID } from '../../src/directory/decisions.js'

const SECRET = 'a secret of more than thirty-two characters'
const key = new TextEncoder().encode(SECRET)
const token = (
  claims: Record<string, unknown>,
  options: { expires?: number; alg?: string } = {},
): Promise<string> => {
  const jwt = new SignJWT(claims).setProtectedHeader({ alg: options.alg ?? 'HS256' })
  return (options.expires === undefined ? jwt : jwt.setExpirationTime(options.expires)).sign(key)
}
const soon = () => Math.floor(Date.now() / 1000) + 60

describe('authentication by a shared secret', () => {
  const authenticator = createAuthenticator({ secret: SECRET, issuer: 'shop', audience: 'chat' })

  it('takes the user, the expiry and the id from the token', async () => {
    const expires = soon()
    const identity = await authenticator.authenticate(
      await token({ sub: 'ada', iss: 'shop', aud: 'chat', jti: 't1' }, { expires }),
    )
    expect(identity).toEqual({ userId: 'ada', tokenId: 't1', expiresAt: expires * 1000 })
  })

  it('calls an expired token token_expired, and everything else unauthorized', async () => {
    const expired = await token({ sub: 'ada', iss: 'shop', aud: 'chat' }, { expires: 1 })
    await expect(authenticator.authenticate(expired)).rejects.toMatchObject({
      code: 'token_expired',
    })
    const refused = [
      await token({ sub: 'ada', iss: 'other', aud: 'chat' }),
      await token({ sub: 'ada', iss: 'shop' }),
      await token({ iss: 'shop', aud: 'chat' }),
      await token({ sub: 'a\u0000b', iss: 'shop', aud: 'chat' }),
      `${await token({ sub: 'ada', iss: 'shop', aud: 'chat' })}x`,
      'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEiLCJpc3MiOiJzaG9wIiwiYXVkIjoiY2hhdCJ9.',
      'not a token',
      '',
    ]
    for (const one of refused) {
      await expect(authenticator.authenticate(one)).rejects.toMatchObject({ code: 'unauthorized' })
    }
  })

  it('refuses a token whose id is no text: it would never be found revoked', async () => {
    for (const jti of [5, {}]) {
      const given = await token({ sub: 'ada', iss: 'shop', aud: 'chat', jti })
      await expect(authenticator.authenticate(given)).rejects.toMatchObject({
        code: 'unauthorized',
      })
    }
  })

  it('refuses a token of what only the server itself may be', async () => {
    const given = await token({ sub: PLATFORM_USER_ID, iss: 'shop', aud: 'chat' })
    await expect(authenticator.authenticate(given)).rejects.toMatchObject({ code: 'unauthorized' })
  })

  it('refuses a secret that can be guessed', () => {
    expect(() => createAuthenticator({ secret: 'short' })).toThrow(/32 characters/)
  })
})

describe('authentication by public keys', () => {
  let keys: Server
  let authenticator: Authenticator
  let sign: (claims: Record<string, unknown>) => Promise<string>
  beforeAll(async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256')
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' }
    keys = createServer((_request, response) => response.end(JSON.stringify({ keys: [jwk] })))
    await new Promise<void>((resolve) => keys.listen(0, '127.0.0.1', resolve))
    authenticator = createAuthenticator({
      jwksUrl: `http://127.0.0.1:${(keys.address() as AddressInfo).port}/`,
    })
    sign = (claims) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k1' }).sign(privateKey)
  })
  afterAll(() => keys.close())

  it('verifies with the keys at the address', async () => {
    await expect(authenticator.authenticate(await sign({ sub: 'ada' }))).resolves.toEqual({
      userId: 'ada',
    })
  })

  it.each<[string, number, string]>([
    ['an error', 500, 'down for a moment'],
    ['no JSON', 200, '<html></html>'],
    ['no keys', 200, '{"keys":5}'],
  ])('says nothing against a token where the address answers with %s', async (_, status, body) => {
    const away = createServer((_request, response) => response.writeHead(status).end(body))
    await new Promise<void>((resolve) => away.listen(0, '127.0.0.1', resolve))
    const { port } = away.address() as AddressInfo
    const unsure = createAuthenticator({ jwksUrl: `http://127.0.0.1:${port}/` })
    const refusal = await unsure.authenticate(await sign({ sub: 'ada' })).catch((cause) => cause)
    expect(refusal).toBeInstanceOf(Error)
    expect(refusal).not.toBeInstanceOf(AuthError)
    away.close()
  })

  it('refuses a token signed with a shared secret', async () => {
    await expect(authenticator.authenticate(await token({ sub: 'ada' }))).rejects.toMatchObject({
      code: 'unauthorized',
    })
  })
})

describe('authentication by a function', () => {
  it('takes a user id or an identity, and refuses when it throws', async () => {
    const authenticator = createAuthenticator((text) => {
      if (text === 'bad') throw new Error('the reason stays inside')
      return text
    })
    await expect(authenticator.authenticate('ada')).resolves.toEqual({ userId: 'ada' })
    await expect(authenticator.authenticate('bad')).rejects.toMatchObject({
      code: 'unauthorized',
      message: expect.not.stringContaining('inside'),
    })
  })

  it('refuses where it answers nothing, as for a session that is not there', async () => {
    for (const nothing of [undefined, null, '', {}]) {
      const authenticator = createAuthenticator(() => nothing as never)
      await expect(authenticator.authenticate('any')).rejects.toMatchObject({
        code: 'unauthorized',
      })
    }
  })

  it('refuses plainly where it names a code that is no refusal', async () => {
    const odd = createAuthenticator(() => {
      throw new AuthError('not_found' as never, 'no such session')
    })
    await expect(odd.authenticate('x')).rejects.toMatchObject({ code: 'unauthorized' })
  })

  it('says nothing against a token where it says that it cannot know', async () => {
    const cause = new Error('the session store is away')
    const unsure = createAuthenticator(() => {
      throw new AuthError('unavailable', 'sessions cannot be read', cause)
    })
    await expect(unsure.authenticate('x')).rejects.toMatchObject({ code: 'unavailable', cause })
  })

  it('says nothing against a token where it could not reach what it asks', async () => {
    const gone = createServer().listen(0, '127.0.0.1')
    await once(gone, 'listening')
    const { port } = gone.address() as AddressInfo
    gone.close()
    await once(gone, 'close')
    const askByHttp = () => fetch(`http://127.0.0.1:${port}/`).then(() => 'ada')
    const askByTcp = () => once(connect(port, '127.0.0.1'), 'connect').then(() => 'ada')
    for (const ask of [askByHttp, askByTcp]) {
      const refusal = await createAuthenticator(ask)
        .authenticate('x')
        .catch((error) => error)
      expect(refusal).toBeInstanceOf(Error)
      expect(refusal).not.toBeInstanceOf(AuthError)
    }
  })

  it('says nothing against a token where what it asks does not answer in time', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const url = new URL(`http://127.0.0.1:${(silent.address() as AddressInfo).port}/`)
    const keys = createRemoteJWKSet(url, { timeoutDuration: 20 })
    const askByHttp = () => fetch(url, { signal: AbortSignal.timeout(20) }).then(() => 'ada')
    const askForKeys = () => keys({ alg: 'RS256', kid: 'a' }).then(() => 'ada')
    for (const ask of [askByHttp, askForKeys]) {
      const refusal = await createAuthenticator(ask)
        .authenticate('x')
        .catch((error) => error)
      expect(refusal).toBeInstanceOf(Error)
      expect(refusal).not.toBeInstanceOf(AuthError)
    }
    silent.closeAllConnections()
    silent.close()
  })

  it('lets nobody in whose expiry or token id it gives in another form', async () => {
    const wrong = [{ expiresAt: Number.NaN }, { expiresAt: '2030-01-01' }, { tokenId: 7 }]
    for (const fields of wrong) {
      const authenticator = createAuthenticator(() => ({ userId: 'ada', ...fields }) as never)
      await expect(authenticator.authenticate('any')).rejects.toThrow(TypeError)
    }
  })
})

describe('the name that comes with a token', () => {
  it.each([
    ['is cut between letters', `${'x'.repeat(199)}🦉`, /^x{199}.?$/],
    ['is left out where nothing of it is left', '\u0000', undefined],
    ['loses what no database can hold', 'A\u0000da \ud83e', /^Ada .$/],
  ])('%s', async (_, name, expected) => {
    const byToken = createAuthenticator({ secret: SECRET })
    const byFunction = createAuthenticator(() => ({ userId: 'ada', name }))
    const identities = [
      await byToken.authenticate(await token({ sub: 'ada', name })),
      await byFunction.authenticate('any'),
    ]
    for (const identity of identities) {
      expect(identity.name?.isWellFormed() ?? true).toBe(true)
      if (expected === undefined) expect(identity).toEqual({ userId: 'ada' })
      else expect(identity.name).toMatch(expected)
    }
  })
})

describe('the cache of verified tokens', () => {
  it('asks once for a token until it expires, and never keeps one without an expiry', async () => {
    let now = 1_000
    let asked = 0
    const cached = cachingAuthenticator(
      {
        authenticate: async (text) => {
          asked++
          return text === 'forever' ? { userId: 'ada' } : { userId: 'ada', expiresAt: 5_000 }
        },
      },
      () => now,
    )
    await cached.authenticate('t')
    await cached.authenticate('t')
    expect(asked).toBe(1)
    now = 5_000
    await cached.authenticate('t')
    expect(asked).toBe(2)
    await cached.authenticate('forever')
    await cached.authenticate('forever')
    expect(asked).toBe(4)
  })
})

describe('the development login', () => {
  it('refuses to run in production', () => {
    expect(() => createDevLogin('production', Date.now)).toThrow(/NODE_ENV/)
  })
  it('makes tokens that only its own process takes', async () => {
    const login = createDevLogin('test', Date.now)
    const other = createDevLogin('test', Date.now)
    const { token: made } = await login.tokenFor('ada', 'Ada')
    await expect(login.authenticator.authenticate(made)).resolves.toMatchObject({
      userId: 'ada',
      name: 'Ada',
    })
    await expect(other.authenticator.authenticate(made)).rejects.toMatchObject({
      code: 'unauthorized',
    })
  })
})

describe('server keys', () => {
  it('match only themselves', () => {
    const keysOf = createServerKeys(['k'.repeat(32), 'l'.repeat(40)])
    expect(keysOf.matches('k'.repeat(32))).toBe(true)
    expect(keysOf.matches('l'.repeat(40))).toBe(true)
    expect(keysOf.matches('k'.repeat(31))).toBe(false)
    expect(createServerKeys([]).matches('')).toBe(false)
  })
})
