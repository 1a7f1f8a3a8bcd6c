import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FrameOptions, frame, jsonFrame, RawConnection } from '../support/raw.js'
import { startTestServer, type TestServer } from '../support/server.js'
import { Session } from '../support/session.js'
import { until } from '../support/wait.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ frameRatePerS: 100_000 })
  const { admin } = server.tidings
  await admin.upsertWorkspace({ workspaceId: 'w' })
  await admin.upsertChannel({ workspaceId: 'w', channelId: 'c', ownerId: 'alice' })
})
afterAll(() => server.end())

const hello = { type: 'hello', device_id: 'd', last_seq_map: {} }
const ping = { type: 'ping', ts: 1 }

/** A connection that is greeted. */
async function greeted(): Promise<RawConnection> {
  const connection = await RawConnection.upgraded(server.port, { token: 'alice' })
  connection.write(jsonFrame(hello))
  await until('it is greeted', () => connection.envelopes.length > 0)
  return connection
}
/** What the server said after the greeting, until it closed. */
async function ended(connection: RawConnection) {
  await until('the server closes', () => connection.closeCode !== undefined)
  const [, ...said] = connection.envelopes
  connection.reset()
  return { code: connection.closeCode, said }
}
const errorOf = (code: string) => [{ type: 'error', code, retryable: false }]

describe('[P-5] a frame that is no frame', () => {
  it.each<[string, string | Uint8Array, FrameOptions, number, string]>([
    ['binary', Buffer.from([1, 2, 3]), { opcode: 2 }, 4400, 'invalid_frame'],
    ['of binary that reads as JSON', JSON.stringify(ping), { opcode: 2 }, 4400, 'invalid_frame'],
    ['not masked', JSON.stringify(ping), { masked: false }, 4400, 'invalid_frame'],
    ['of a reserved opcode', '', { opcode: 3 }, 4400, 'invalid_frame'],
    ['of a reserved control opcode', '', { opcode: 11 }, 4400, 'invalid_frame'],
    ['with reserved bits', JSON.stringify(ping), { reserved: 4 }, 4400, 'invalid_frame'],
    ['that continues nothing', 'x', { opcode: 0 }, 4400, 'invalid_frame'],
    ['a ping in pieces', 'x', { opcode: 9, fin: false }, 4400, 'invalid_frame'],
    ['too long a ping', 'x'.repeat(126), { opcode: 9 }, 4400, 'invalid_frame'],
    ['of bytes that are no UTF-8', Buffer.from([0xc3, 0x28]), {}, 4400, 'invalid_frame'],
    ['half a letter', Buffer.from('"é"').subarray(0, 2), {}, 4400, 'invalid_frame'],
    ['a close of one byte', 'x', { opcode: 8 }, 4400, 'invalid_frame'],
    [
      'a close with a code that is none',
      Buffer.from([3, 236]),
      { opcode: 8 },
      4400,
      'invalid_frame',
    ],
    ['that says it is 2^53 long', '', { statedLength: 2 ** 53 }, 1009, 'payload_too_large'],
    ['that says it is 2^40 long', 'x', { statedLength: 2 ** 40 }, 1009, 'payload_too_large'],
    ['one byte too long', `"${'x'.repeat(65_535)}"`, {}, 1009, 'payload_too_large'],
  ])('%s is answered by an error and a close', async (_, payload, options, closeCode, code) => {
    const connection = await greeted()
    connection.write(frame(payload, options))
    const { code: closed, said } = await ended(connection)
    expect([closed, said]).toMatchObject([closeCode, errorOf(code)])
  })

  it('of the largest size is read', async () => {
    const connection = await greeted()
    const text = JSON.stringify({ ...ping, junk: '' })
    connection.write(frame(text.replace('""', `"${'x'.repeat(65_536 - text.length)}"`)))
    await until('it is answered', () => connection.envelopes.length === 2)
    expect(connection.envelopes[1]).toEqual({ type: 'pong', ts: 1 })
    connection.reset()
  })

  it('before the hello ends the connection as well', async () => {
    const connection = await RawConnection.upgraded(server.port, { token: 'alice' })
    connection.write(frame('{'))
    await until('the server closes', () => connection.closeCode !== undefined)
    expect([connection.closeCode, connection.envelopes]).toMatchObject([
      4400,
      errorOf('invalid_frame'),
    ])
    connection.reset()
  })

  it('too large a one before the hello is not even read', async () => {
    const connection = await RawConnection.upgraded(server.port)
    connection.write(frame('', { statedLength: 10_000_000 }))
    await until('the server closes', () => connection.closeCode !== undefined)
    expect([connection.closeCode, connection.envelopes]).toMatchObject([
      1009,
      errorOf('payload_too_large'),
    ])
    connection.reset()
  })
})

describe('a message in pieces', () => {
  const pieces = (text: string, size: number): Buffer[] => {
    const bytes = Buffer.from(text)
    const count = Math.ceil(bytes.length / size)
    return Array.from({ length: count }, (_, i) =>
      frame(bytes.subarray(i * size, (i + 1) * size), {
        opcode: i === 0 ? 1 : 0,
        fin: i === count - 1,
      }),
    )
  }

  it('is put together, also where a letter is cut, and with pings between', async () => {
    const connection = await greeted()
    const text = JSON.stringify({
      type: 'message.send',
      channel_id: 'c',
      client_msg_id: 'pieces',
      first_try_ts: Date.now(),
      text: '漢字🙂é',
    })
    for (const piece of pieces(text, 7)) {
      connection.write(piece)
      connection.write(frame('between', { opcode: 9 }))
    }
    await until('it is acknowledged', () => connection.envelopes.length >= 3)
    expect(connection.envelopes).toContainEqual(expect.objectContaining({ text: '漢字🙂é' }))
    expect(
      connection.frames.some(
        ({ opcode, payload }) => opcode === 10 && String(payload) === 'between',
      ),
    ).toBe(true)
    connection.reset()
  })

  it('byte by byte through the network is the same', async () => {
    const connection = await greeted()
    for (const byte of jsonFrame({ type: 'ping', ts: 77 })) {
      connection.write(Buffer.from([byte]))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await until('it is answered', () => connection.envelopes.length === 2)
    expect(connection.envelopes[1]).toEqual({ type: 'pong', ts: 77 })
    connection.reset()
  })

  it('I7: of too many pieces, or too large together, is ended', async () => {
    const many = await greeted()
    many.write(Buffer.concat(pieces(JSON.stringify({ ...ping, junk: 'x'.repeat(400) }), 1)))
    expect(await ended(many)).toMatchObject({ code: 4400, said: errorOf('invalid_frame') })
    const large = await greeted()
    large.write(
      Buffer.concat(pieces(JSON.stringify({ ...ping, junk: 'x'.repeat(70_000) }), 10_000)),
    )
    expect(await ended(large)).toMatchObject({ code: 1009, said: errorOf('payload_too_large') })
    const empty = await greeted()
    empty.write(frame('', { fin: false }))
    empty.write(
      Buffer.concat(Array.from({ length: 1_000 }, () => frame('', { opcode: 0, fin: false }))),
    )
    expect(await ended(empty)).toMatchObject({ code: 4400, said: errorOf('invalid_frame') })
  })
})

describe('a flood', () => {
  it('I7: of pings that nobody reads the answers to makes no backlog, and is ended with 4008', async () => {
    const connection = await greeted()
    connection.socket.pause()
    const pings = Buffer.concat(
      Array.from({ length: 5_000 }, () => frame('x'.repeat(125), { opcode: 9 })),
    )
    for (let i = 0; i < 10 && !connection.ended; i++) connection.write(pings)
    connection.socket.resume()
    await until('the server closes', () => connection.closeCode !== undefined || connection.ended)
    expect(connection.closeCode).toBe(4008)
    expect(connection.bytes.length).toBeLessThan(200_000)
    connection.reset()
  })

  it('I7: of frames that nobody reads the answers to is ended with 4008', async () => {
    const connection = await greeted()
    connection.socket.pause()
    const ref = 'é'.repeat(64)
    const asking = frame(JSON.stringify(Array.from({ length: 100 }, () => ({ ...ping, ref }))))
    let asked = 0
    const begun = performance.now()
    await until(
      'the server ends it',
      async () => {
        if (performance.now() - begun > 20_000) throw new Error(`still open after ${asked} frames`)
        for (let i = 0; i < 20; i++) connection.socket.write(asking)
        asked += 20
        await new Promise((resolve) => setTimeout(resolve, 5))
        return (
          (await counted('tidings_connections_closed_total{code="4008"}')) ||
          counted('tidings_slow_readers_total{step="closed"}')
        )
      },
      25_000,
    )
    connection.reset()
    const other = await Session.greeted(server.url, 'alice')
    expect(await other.asks(ping)).toMatchObject({ type: 'pong' })
    await other.end()
  }, 40_000)

  it('before the hello is bounded and closed with 4008', async () => {
    const connection = await RawConnection.upgraded(server.port, { token: 'alice' })
    connection.write(
      Buffer.concat([jsonFrame(hello), ...Array.from({ length: 2_000 }, () => jsonFrame(ping))]),
    )
    await until('the server closes', () => connection.closeCode !== undefined)
    expect(connection.closeCode).toBe(4008)
    expect(connection.envelopes.at(-1)).toMatchObject({ code: 'rate_limited', retryable: true })
    connection.reset()
  })

  it('of hellos is one greeting', async () => {
    const connection = await greeted()
    for (let i = 0; i < 50; i++) connection.write(jsonFrame(hello))
    await until('all are answered', () => connection.envelopes.length === 51)
    expect(connection.envelopes.filter(({ type }) => type === 'hello_ack')).toHaveLength(1)
    expect(connection.closeCode).toBeUndefined()
    connection.reset()
  })
})

/** True if a counter of the server is above 0. */
async function counted(name: string): Promise<boolean> {
  const { body } = await server.call('nobody', 'GET', '/metrics')
  const line = String(body)
    .split('\n')
    .find((one) => one.startsWith(name))
  return Number(line?.split(' ').at(-1) ?? 0) > 0
}

describe('frame rate', () => {
  it('[P-5] [P-48] above it each is refused, a flood is closed with 4008, and others are not touched', async () => {
    const strict = await startTestServer({ frameRatePerS: 10 })
    const [calm, wild] = await Promise.all(
      ['calm', 'wild'].map((user) => Session.greeted(strict.url, user)),
    )
    for (let i = 0; i < 500; i++) wild?.say(ping)
    expect(await wild?.closed()).toBe(4008)
    const refused = wild?.all('error') ?? []
    expect(refused.length).toBeGreaterThan(0)
    for (const error of refused) {
      expect(error).toMatchObject({
        code: 'rate_limited',
        retryable: true,
        retry_after_ms: expect.any(Number),
      })
    }
    expect(await calm?.asks(ping)).toMatchObject({ type: 'pong' })
    await calm?.end()
    await strict.end()
  })
})
