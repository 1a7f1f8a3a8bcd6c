import { HttpResponse, http } from 'msw'
import { describe, expect, it } from 'vitest'
import { type RestClientOptions, stop, TidingsError } from '../../src/rest/index.js'
import { API, data, failure, SENT, setUp, useServer } from './set-up.js'

const server = useServer()

describe('the tokens of the REST client', () => {
  it('asks for another token once when the server refused the first', async () => {
    const asked: string[] = []
    server.use(
      http.get(`${API}/me`, ({ request }) =>
        request.headers.get('authorization') === 'Bearer token 2'
          ? data({ user_id: 'alice', name: 'Alice' })
          : failure('token_expired', 401, { retryable: true }),
      ),
    )
    const { rest, over } = setUp({
      getToken: ({ reason }) => {
        asked.push(reason)
        return `token ${asked.length}`
      },
    })
    expect(await over(rest.users.me())).toEqual({ userId: 'alice', name: 'Alice' })
    await over(rest.users.me())
    expect(asked).toEqual(['initial', 'rejected'])
  })

  it('says why getToken gave none', async () => {
    const { rest, over } = setUp({
      getToken: () => {
        throw stop('logged out')
      },
    })
    await expect(over(rest.users.me())).rejects.toThrow('logged out')
  })

  it('waits for a token no longer than a try may take, and tells that nothing was sent', async () => {
    const asked: AbortSignal[] = []
    const getToken = ({ signal }: { signal: AbortSignal }) => {
      asked.push(signal)
      return new Promise<string>(() => {})
    }
    const { rest, over } = setUp({ timeoutMs: 50, retries: 1, getToken })
    await expect(over(rest.messages.send('general', 'hi'))).rejects.toMatchObject({
      code: 'timeout',
      outcome: 'not_sent',
    })
    expect(asked.map(({ aborted }) => aborted)).toEqual([true, true])
  })

  describe('where a try before may have arrived', () => {
    /** A try without an answer, then a refused token, then a getToken that gives none. */
    const lost = (options: Partial<RestClientOptions> = {}) => {
      let tries = 0
      server.use(
        http.post(`${API}/channels/general/messages`, () =>
          ++tries === 1 ? HttpResponse.error() : failure('token_expired', 401),
        ),
      )
      let asked = 0
      const getToken = () => (++asked === 1 ? 'old' : new Promise<string>(() => {}))
      return { ...setUp({ timeoutMs: 50, retries: 1, getToken, ...options }), asked: () => asked }
    }

    it('tells that nobody knows, though no token came for the next', async () => {
      const { rest, over } = lost()
      await expect(over(rest.messages.send('general', 'hi'))).rejects.toMatchObject({
        code: 'timeout',
        outcome: 'unknown',
      })
    })

    it('tells so too when its caller gives it up while it waits for a token', async () => {
      const controller = new AbortController()
      const { rest, world, asked } = lost({ timeoutMs: 60_000 })
      const sent = rest.messages.send('general', 'hi', { signal: controller.signal })
      for (let turn = 0; asked() < 2 && turn < 1_000; turn++) {
        await world.advance(10)
        await new Promise((resolve) => setImmediate(resolve))
      }
      controller.abort()
      await expect(sent).rejects.toMatchObject({ code: 'aborted', outcome: 'unknown' })
    })
  })

  it('passes on how long getToken wants to be left alone', async () => {
    const getToken = () => {
      throw new TidingsError('rate_limited', 'Later.', { retryAfterMs: 9_000 })
    }
    const { rest, over } = setUp({ retries: 0, getToken })
    await expect(over(rest.users.me())).rejects.toMatchObject({ retryAfterMs: 9_000 })
  })

  it('does not wait for a token that its caller has given up, and others do', async () => {
    let give = (_: string): void => {}
    const token = new Promise<string>((resolve) => {
      give = resolve
    })
    server.use(http.post(`${API}/channels/general/messages`, () => data(SENT, 201)))
    const { rest, over } = setUp({ getToken: () => token })
    const controller = new AbortController()
    const given = rest.messages.send('general', 'a', { signal: controller.signal })
    const waiting = rest.messages.send('general', 'b')
    controller.abort()
    await expect(over(given)).rejects.toMatchObject({ code: 'aborted', outcome: 'not_sent' })
    give('secret')
    expect(await over(waiting)).toMatchObject({ channelSeq: 5 })
  })
})
