import { HttpResponse, http } from 'msw'
import { describe, expect, it } from 'vitest'
import { TidingsError } from '../../src/rest/index.js'
import { API, data, failure, SENT, setUp, useServer } from './set-up.js'

const server = useServer()

describe('the REST client', () => {
  it('sends with the token, in the names of the wire, and answers in its own', async () => {
    let body: unknown
    let token: string | null = ''
    server.use(
      http.post(`${API}/channels/:id/messages`, async ({ request, params }) => {
        body = await request.json()
        token = request.headers.get('authorization')
        return data({ ...SENT, channel_id: params.id, client_msg_id: 'm1' }, 201)
      }),
    )
    const { rest, over } = setUp()
    const sent = await over(
      rest.messages.send('a/b ?', 'Hello', {
        clientMsgId: 'm1',
        userId: 'bot',
        replyTo: { seq: 3, messageId: '7' },
        metadata: { camelCase: { stay_as: 'it is' } },
      }),
    )
    expect(body).toEqual({
      client_msg_id: 'm1',
      user_id: 'bot',
      text: 'Hello',
      reply_to: { seq: 3, message_id: '7' },
      metadata: { camelCase: { stay_as: 'it is' } },
    })
    expect(token).toBe('Bearer secret')
    expect(sent).toEqual({
      clientMsgId: 'm1',
      channelId: 'a/b ?',
      channelSeq: 5,
      messageId: '99',
      sentAt: 1_700_000_000_000,
      deduplicated: false,
    })
  })

  it('I3: keeps the id of a command over all its tries', async () => {
    const ids: unknown[] = []
    server.use(
      http.post(`${API}/channels/general/messages`, async ({ request }) => {
        const { client_msg_id: id } = (await request.json()) as { client_msg_id: string }
        ids.push(id)
        if (ids.length === 1) return HttpResponse.error()
        if (ids.length === 2) return failure('unavailable', 503, { retryable: true })
        return data({ ...SENT, client_msg_id: id, deduplicated: true })
      }),
    )
    const { rest, over } = setUp()
    expect(await over(rest.messages.send('general', 'Hello'))).toMatchObject({ deduplicated: true })
    expect(ids).toHaveLength(3)
    expect(new Set(ids).size).toBe(1)
  })

  it('never does a thing twice that has no id: a lost answer is an unknown outcome', async () => {
    let calls = 0
    server.use(
      http.post(`${API}/workspaces`, () => {
        calls += 1
        return HttpResponse.error()
      }),
    )
    const { rest, over } = setUp()
    await expect(over(rest.workspaces.create({ name: 'Acme' }))).rejects.toMatchObject({
      code: 'unavailable',
      outcome: 'unknown',
    })
    expect(calls).toBe(1)
  })

  it('waits for retry_after_ms, and gives up after its retries', async () => {
    const times: number[] = []
    const { rest, over, world } = setUp({ retries: 2 })
    server.use(
      http.get(`${API}/me`, () => {
        times.push(world.clock.nowMs)
        return failure('rate_limited', 429, { retryable: true, retry_after_ms: 5_000 })
      }),
    )
    await expect(over(rest.users.me())).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfterMs: 5_000,
    })
    expect(times).toHaveLength(3)
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(5_000)
  })

  it('turns a refusal into a TidingsError that names the request', async () => {
    server.use(http.get(`${API}/channels/c`, () => failure('channel_not_found', 404)))
    const { rest, over } = setUp()
    const error: unknown = await over(rest.channels.get('c')).catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(TidingsError)
    expect(error).toMatchObject({ code: 'channel_not_found', outcome: 'rejected' })
    expect(String(error)).toContain('request 77')
  })

  it('makes sense of what something between answers', async () => {
    server.use(
      http.get(`${API}/me`, () =>
        HttpResponse.text('<html>Bad gateway', { status: 502, headers: { 'retry-after': '3' } }),
      ),
    )
    const { rest, over } = setUp({ retries: 0 })
    await expect(over(rest.users.me())).rejects.toMatchObject({
      code: 'unavailable',
      retryAfterMs: 3_000,
    })
  })

  it('reads lists page by page, by cursor', async () => {
    const queries: string[] = []
    server.use(
      http.get(`${API}/channels`, ({ request }) => {
        const { search, searchParams } = new URL(request.url)
        queries.push(search)
        const last = searchParams.get('cursor') === 'x y'
        const items = [{ channel_id: last ? 'c2' : 'c1', workspace_id: 'w', created_at: 1 }]
        return data(last ? { items } : { items, next_cursor: 'x y' })
      }),
    )
    const { rest, over } = setUp()
    const read = async (): Promise<string[]> => {
      const ids: string[] = []
      for await (const channel of rest.channels.list({ pageSize: 1 })) ids.push(channel.channelId)
      return ids
    }
    expect(await over(read())).toEqual(['c1', 'c2'])
    expect(queries).toEqual(['?limit=1', '?cursor=x+y&limit=1'])
  })

  it('reads history in both directions, events it does not know included', async () => {
    const event = {
      channel_id: 'general',
      message_count: 1,
      user_id: 'bob',
      client_msg_id: 'm',
      ts: 1,
    }
    server.use(
      http.get(`${API}/channels/general/messages`, ({ request }) => {
        const before = new URL(request.url).searchParams.get('before')
        const page = { channel_id: 'general', as_of_seq: 4, head_seq: 4, oldest_seq: 1 }
        if (before === '3') {
          const messages = [
            { ...event, type: 'message.new', channel_seq: 2, message_id: '2', text: 'a' },
          ]
          return data({
            ...page,
            from_seq: 1,
            to_seq: 2,
            messages,
            has_older: false,
            has_newer: true,
          })
        }
        const messages = [{ ...event, type: 'poll.opened', channel_seq: 3 }]
        return data({
          ...page,
          from_seq: 3,
          to_seq: 4,
          messages,
          has_older: true,
          has_newer: false,
        })
      }),
    )
    const { rest, over } = setUp()
    const page = await over(rest.messages.history('general', { limit: 2 }))
    expect(page.items).toMatchObject([{ kind: 'unknown', channelSeq: 3 }])
    expect(await page.newer()).toBeUndefined()
    const older = await over(page.older())
    expect(older?.items).toMatchObject([{ kind: 'message', text: 'a', userId: 'bob' }])
    expect(await older?.older()).toBeUndefined()
  })

  it('names targets by number and id, with the epoch where it is not 1', async () => {
    const seen: string[] = []
    const note = async ({ request }: { request: Request }): Promise<Response> => {
      const { pathname, search } = new URL(request.url)
      seen.push(
        `${request.method} ${decodeURIComponent(pathname)}${search} ${await request.text()}`,
      )
      return data({ ...SENT, client_msg_id: 'm' })
    }
    server.use(http.all(`${API}/channels/*`, note))
    const { rest, over } = setUp()
    const target = { channelId: 'general', channelSeq: 5, messageId: '99', epoch: 2 }
    const options = { clientMsgId: 'm' }
    await over(rest.messages.edit({ ...target, epoch: 1 }, 'New', options))
    await over(rest.messages.delete(target, options))
    await over(rest.messages.react(target, '👍', options))
    await over(rest.messages.unreact(target, '👍', options))
    const path = '/v1/channels/general/messages/5'
    expect(seen).toEqual([
      `PATCH ${path} {"message_id":"99","text":"New","client_msg_id":"m"}`,
      `DELETE ${path}?message_id=99&epoch=2&client_msg_id=m `,
      `PUT ${path}/reactions/👍?message_id=99&epoch=2&client_msg_id=m `,
      `DELETE ${path}/reactions/👍?message_id=99&epoch=2&client_msg_id=m `,
    ])
  })

  it('aborts before it sends, while it waits for an answer, and between two tries', async () => {
    const { rest, over } = setUp()
    await expect(rest.users.me({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
      outcome: 'not_sent',
    })
    const during = new AbortController()
    server.use(
      http.post(`${API}/workspaces`, () => {
        during.abort()
        return new Promise<Response>(() => {})
      }),
    )
    await expect(
      over(rest.workspaces.create({ name: 'x' }, { signal: during.signal })),
    ).rejects.toMatchObject({ code: 'aborted', outcome: 'unknown' })
    const between = new AbortController()
    server.use(
      http.get(`${API}/me`, () => {
        setImmediate(() => between.abort())
        return failure('unavailable', 503, { retryable: true, retry_after_ms: 60_000 })
      }),
    )
    await expect(over(rest.users.me({ signal: between.signal }))).rejects.toMatchObject({
      code: 'aborted',
    })
  })

  it('gives one try no longer than its time', async () => {
    server.use(http.get(`${API}/me`, () => new Promise<Response>(() => {})))
    const { rest, over } = setUp({ retries: 0, timeoutMs: 500 })
    await expect(over(rest.users.me())).rejects.toMatchObject({ code: 'timeout' })
  })

  it('refuses arguments that cannot work, and ids that cannot be', async () => {
    expect(() => setUp({ url: 'wss://chat.example.com' })).toThrow('[invalid_argument] url')
    expect(() => setUp({ retries: -1 })).toThrow('retries')
    expect(() => setUp({ timeoutMs: 0 })).toThrow('timeoutMs')
    expect(() => setUp({ getToken: undefined as never })).toThrow('getToken')
    const { rest, over } = setUp()
    await expect(over(rest.channels.get('..'))).rejects.toMatchObject({ code: 'invalid_argument' })
    await expect(over(rest.channels.get(''))).rejects.toMatchObject({ code: 'invalid_argument' })
  })
})
