import { describe, expect, it } from 'vitest'
import { type Feature, stop } from '../../src/index.js'
import type { ClientOptions } from '../../src/options.js'
import { createMemoryStorage } from '../../src/storage/memory.js'
import { NOTHING, over, setUp } from './set-up.js'

describe('the life of a client', () => {
  it('tells its status from idle to closed, each with what it was and why', async () => {
    const { world, open } = setUp()
    const { client } = open()
    const log: string[] = []
    client.on('status', ({ current, previous, reason }) => {
      log.push(`${previous} > ${current}${reason ? ` ${reason.code}` : ''}`)
    })
    expect(client.status).toBe('idle')
    await world.runUntil(() => client.status === 'connected')
    expect(client.userId).toBe('alice')
    world.lastSocket().cut()
    await world.runUntil(() => client.status === 'connected')
    await over(world, client.close())
    expect(log).toEqual([
      'idle > connecting',
      'connecting > connected',
      'connected > waiting unavailable',
      'waiting > connecting',
      'connecting > connected',
      'connected > closed closed',
    ])
  })

  it('I9: close() leaves no timer, socket, lock, broadcast or listener', async () => {
    const { world, server, open } = setUp()
    const { page, client } = open()
    const general = client.channel('general')
    general.on('message', () => {})
    general.timeline.subscribe(() => {})
    await over(world, general.ready())
    server.before = () => true
    const sending = general.send('never answered')
    const history = general.history()
    await world.advance(10)
    const closed = client.close()
    expect(client.close()).toBe(closed)
    await expect(sending).rejects.toMatchObject({ code: 'closed' })
    await expect(history).rejects.toMatchObject({ code: 'closed' })
    await over(world, closed)
    await world.advance(5)
    expect(page.open()).toEqual(NOTHING)
    await expect(general.send('later')).rejects.toMatchObject({ code: 'closed' })
    await expect(client.drain()).rejects.toMatchObject({ code: 'closed' })
    await world.advance(60_000)
    expect(page.open()).toEqual(NOTHING)
  })

  it('tells no more of a page after a listener has closed it', async () => {
    const { world, server, open } = setUp()
    const { page, client } = open()
    const general = client.channel('general')
    const heard: number[] = []
    const closed: Promise<void>[] = []
    general.on('message', ({ channelSeq }) => {
      heard.push(channelSeq)
      closed.push(client.close())
    })
    await over(world, general.ready())
    world.lastSocket().cut()
    await world.runUntil(() => client.status !== 'connected')
    for (const text of ['1', '2', '3']) server.say(text)
    await world.runUntil(() => closed.length > 0)
    await over(world, Promise.all(closed))
    await world.advance(5)
    expect(heard).toEqual([1])
    expect(page.open()).toEqual(NOTHING)
  })

  it('asks for no token when it is closed in the turn that made it', async () => {
    const { world, open } = setUp()
    let asked = 0
    const { page, client } = open({
      getToken: () => {
        asked += 1
        return 'alice'
      },
    })
    await client.close()
    await world.advance(1_000)
    expect(asked).toBe(0)
    expect(page.open()).toEqual(NOTHING)
  })

  it('is closed by `await using`', async () => {
    const { world, open } = setUp()
    let status = ''
    const use = async (): Promise<void> => {
      await using client = open().client
      client.on('status', ({ current }) => {
        status = current
      })
    }
    await over(world, use())
    expect(status).toBe('closed')
  })

  it('waits for connect() when autoConnect is off, also before a page is rendered on a server', async () => {
    const { world, open } = setUp()
    const { page, client } = open({ autoConnect: false })
    await world.advance(60_000)
    expect(client.status).toBe('idle')
    expect({ ...page.open(), signalListeners: 0 }).toEqual(NOTHING)
    client.connect()
    await world.runUntil(() => client.status === 'connected')
    await client.close()
  })

  it('[P-84] sends nothing of Alice as Bob: it closes with user_changed, and her outbox is kept', async () => {
    const { world, server, open } = setUp()
    const first = open({ userId: 'alice', getToken: () => 'bob' })
    const sending = first.client.channel('general').send('from Alice')
    const ended = expect(sending).rejects.toMatchObject({ code: 'user_changed' })
    await world.runUntil(() => first.client.status === 'closed', 120_000)
    await ended
    expect(first.client.reason?.code).toBe('user_changed')
    await world.advance(5)
    expect(first.page.open()).toEqual(NOTHING)
    expect(server.arrivals.size).toBe(0)
    const second = open({ userId: 'alice' })
    await over(world, second.client.drain({ timeoutMs: 60_000 }))
    await world.runUntil(() => server.events.length === 1)
    expect(server.events[0]).toMatchObject({ text: 'from Alice', user_id: 'alice' })
    await second.client.close()
  })

  it('ends everything when getToken throws stop()', async () => {
    const { world, open } = setUp()
    const { page, client } = open({
      getToken: () => {
        throw stop('logged out')
      },
    })
    await world.runUntil(() => client.status === 'closed')
    await world.settle()
    expect(client.reason?.message).toContain('logged out')
    expect(page.open()).toEqual(NOTHING)
  })

  it('lets one tab settle what another sent, and sends it once', async () => {
    const { world, server, open } = setUp()
    const one = open({ userId: 'alice' })
    const two = open({ userId: 'alice' })
    await world.runUntil(() => two.client.status === 'connected')
    const sending = one.client.channel('general').send('Hello')
    await over(world, sending)
    await world.advance(50)
    expect(two.client.outbox.list()).toEqual([])
    expect(server.arrivals.get(sending.clientMsgId)).toBe(1)
    await one.client.close()
    await two.client.close()
  })

  it('goes on after the back/forward cache', async () => {
    const { world, server, open } = setUp()
    const { page, client } = open()
    const texts: string[] = []
    const general = client.channel('general')
    general.on('message', ({ text }) => texts.push(text))
    await over(world, general.ready())
    page.signal('pagehide')
    await world.advance(10)
    expect(page.open()).toMatchObject({ sockets: 0, locks: 0 })
    server.say('while away')
    await world.advance(60_000)
    expect(client.status).toBe('idle')
    page.signal('pageshow')
    await world.runUntil(() => texts.length === 1)
    await over(world, general.send('back'))
    await client.close()
    await world.advance(5)
    expect(page.open()).toEqual(NOTHING)
  })

  it('names its device the same after a reload', async () => {
    const { world, open } = setUp()
    const devices: unknown[] = []
    for (let i = 0; i < 2; i++) {
      const { client } = open()
      await world.runUntil(() => client.status === 'connected')
      devices.push(world.lastSocket().received[0]?.device_id)
      await client.close()
    }
    expect(devices[0]).toMatch(/^[0-9a-f-]{36}$/)
    expect(devices[1]).toBe(devices[0])
    const { client } = open({ deviceId: 'kiosk 7' })
    await world.runUntil(() => client.status === 'connected')
    expect(world.lastSocket().received[0]?.device_id).toBe('kiosk 7')
    await client.close()
  })

  it('has what its features make, under their names, and ends them with it', async () => {
    const { world, open } = setUp()
    let ended = false
    const counter = () =>
      ({
        name: 'counter',
        capabilities: ['counting'],
        setup({ connection, onClose }) {
          let frames = 0
          onClose(connection.on('frame', () => void frames++))
          onClose(() => {
            ended = true
          })
          return { frames: () => frames }
        },
      }) as const satisfies Feature
    const page = world.createEnvironment()
    const { createClient } = await import('../../src/index.js')
    const client = createClient({
      url: 'wss://chat.example.com/v1/ws',
      getToken: () => 'alice',
      storage: 'memory',
      environment: page,
      features: [counter()],
    })
    await world.runUntil(() => client.status === 'connected')
    expect(world.lastSocket().received[0]?.capabilities).toEqual(['counting'])
    world.lastSocket().send({ type: 'channel.reset', channel_id: 'c', from_seq: 0 })
    await world.advance(5)
    expect(client.counter.frames()).toBe(1)
    await client.close()
    expect(ended).toBe(true)
    const again: Feature = { name: 'close', setup: () => 1 }
    expect(() => open({ features: [again] })).toThrow('[invalid_argument]')
  })

  it('I9: is closed again where a feature cannot be set up', async () => {
    const { world } = setUp()
    const { createClient } = await import('../../src/index.js')
    const page = world.createEnvironment()
    const ends: string[] = []
    const feature = (name: string, task: () => unknown): Feature => ({
      name,
      setup({ onClose }) {
        onClose(() => ends.push(name))
        return task()
      },
    })
    const fail = (): never => {
      throw new Error('not here')
    }
    const make = (...features: Feature[]) =>
      createClient({
        url: 'wss://chat.example.com/v1/ws',
        getToken: () => 'alice',
        userId: 'alice',
        storage: createMemoryStorage('disk'),
        environment: page,
        features,
      })
    expect(() => make(feature('one', Object), feature('one', Object))).toThrow('rename the feature')
    expect(() => make(feature('two', fail))).toThrow('not here')
    await world.advance(60_000)
    expect(world.sockets).toEqual([])
    expect(page.open()).toEqual(NOTHING)
    expect(ends).toEqual(['one', 'two'])
  })

  it('refuses options that cannot work, and says which and what is allowed', () => {
    const { open } = setUp()
    const wrong: [Partial<Record<keyof ClientOptions, unknown>>, string][] = [
      [{ url: 'https://chat.example.com' }, 'url must be an address that begins with ws://'],
      [{ url: 'nonsense' }, 'url must be'],
      [{ url: undefined }, 'not undefined'],
      [{ getToken: 'secret' }, 'getToken must be a function, not this string'],
      [{ userId: '' }, 'userId must be an id'],
      [{ deviceId: 'x'.repeat(65) }, 'deviceId must be an id'],
      [{ attemptTimeoutMs: -1 }, 'attemptTimeoutMs must be an integer from 1, not -1'],
      [{ outbox: { pipeline: 0 } }, 'outbox.pipeline'],
      [{ outbox: { maxRows: 1.5 } }, 'outbox.maxRows'],
      [{ storage: 'disk' }, `storage must be 'memory' or a function`],
      [{ catchUp: 'most' }, `catchUp must be 'recent' or 'all'`],
      [{ backgroundChannels: -1 }, 'backgroundChannels'],
    ]
    for (const [options, message] of wrong) {
      expect(() => open(options as Partial<ClientOptions>)).toThrow(message)
    }
  })
})
