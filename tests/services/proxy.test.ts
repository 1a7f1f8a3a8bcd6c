import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TcpProxy } from '../../scripts/services/proxy/tcp-proxy.js'
import { until } from './support/until.js'

describe('the network in front of a node', () => {
  let echo: Server
  let proxy: TcpProxy
  let target: string
  let sockets: Socket[]
  let arrived: Socket[]
  beforeEach(async () => {
    sockets = []
    arrived = []
    echo = createServer((socket) => {
      arrived.push(socket)
      socket.on('error', () => {})
      socket.pipe(socket)
    })
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve))
    target = `127.0.0.1:${(echo.address() as AddressInfo).port}`
    proxy = await TcpProxy.open('127.0.0.1', 0, target)
  })
  afterEach(async () => {
    for (const socket of sockets) socket.destroy()
    await proxy.close()
    echo.close()
  })

  async function client(way = proxy, localAddress = '127.0.0.1') {
    const [host, port] = way.address.split(':')
    const socket = connect({ host, port: Number(port), localAddress })
    sockets.push(socket)
    socket.on('error', () => {})
    const seen = { text: '' }
    socket.setEncoding('utf8').on('data', (text: string) => {
      seen.text += text
    })
    await once(socket, 'connect')
    return { socket, seen }
  }

  const roundTripMs = async ({ socket, seen }: Awaited<ReturnType<typeof client>>) => {
    const startedAt = performance.now()
    const before = seen.text.length
    socket.write('!')
    await until('it came back', () => seen.text.length > before)
    return performance.now() - startedAt
  }

  it('passes everything on, in both directions and in order', async () => {
    const { socket, seen } = await client()
    const sent = Array.from({ length: 2000 }, (_, index) => `${index};`).join('')
    socket.write(sent)
    await until('all came back', () => seen.text.length === sent.length)
    expect(seen.text).toBe(sent)
  })

  it('refuses newcomers while what is behind it does not run', async () => {
    await client()
    proxy.refuse()
    const [host, port] = proxy.address.split(':')
    const refused = connect({ host, port: Number(port) })
    const [error] = await once(refused, 'error')
    expect(error).toMatchObject({ code: 'ECONNREFUSED' })
    await proxy.accept()
    expect(await roundTripMs(await client())).toBeGreaterThan(0)
  })

  it('is silent when cut, and delivers after healing', async () => {
    const old = await client()
    proxy.cut()
    old.socket.write('old')
    const young = await client()
    young.socket.write('young')
    // Another way to the same server, which nothing cuts, shows that an answer would have come by now.
    const other = await TcpProxy.open('127.0.0.1', 0, target)
    await roundTripMs(await client(other))
    await other.close()
    expect([old.seen.text, young.seen.text]).toEqual(['', ''])
    proxy.heal()
    await until('both came back', () => old.seen.text === 'old' && young.seen.text === 'young')
  })

  it('can be cut for one source alone', async () => {
    const old = await client()
    await roundTripMs(old)
    proxy.from('127.0.0.9').cut()
    await roundTripMs(old)
    const ours = proxy.from('127.0.0.1')
    ours.cut()
    old.socket.write('late')
    const other = await client(proxy, '127.0.0.8')
    await roundTripMs(other)
    expect(old.seen.text).not.toContain('late')
    ours.heal()
    await until('it came back', () => old.seen.text.endsWith('late'))
  })

  it('takes as long as it is told', async () => {
    const slowed = await client()
    await roundTripMs(slowed)
    proxy.slow(100)
    expect(await roundTripMs(slowed)).toBeGreaterThanOrEqual(199)
    proxy.slow(60_000)
    proxy.heal()
    // nobody waits for minutes
    for (const again of [slowed, await client()]) await roundTripMs(again)
  })

  it('closes all connections at a reset, and takes new ones', async () => {
    const old = await client()
    await roundTripMs(old)
    const closed = new Promise((resolve) => old.socket.once('close', resolve))
    proxy.reset()
    await closed
    await roundTripMs(await client())
  })

  it('ends a connection on one side when it ends on the other', async () => {
    const { socket } = await client()
    const closed = once(socket, 'close')
    await until('it has arrived', () => arrived.length === 1)
    arrived[0]?.end('bye')
    await closed
  })
})
