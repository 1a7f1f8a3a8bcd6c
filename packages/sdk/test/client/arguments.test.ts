import { describe, expect, it } from 'vitest'
import { presence } from '../../src/features/presence/index.js'
import { receipts } from '../../src/features/receipts/index.js'
import { typing } from '../../src/features/typing/index.js'
import { createClient, type MessageRef } from '../../src/index.js'
import { createMemoryStorage } from '../../src/storage/memory.js'
import { VirtualWorld } from '../../src/testing/virtual-environment.js'
import { NOTHING, over, setUp } from './set-up.js'

const features = [presence(), receipts(), typing()] as const

/** A client that never connects: what is wrong with an argument is found before anything is sent. */
function offline() {
  const page = new VirtualWorld().createEnvironment()
  const client = createClient({
    url: 'wss://chat.example.com/v1/ws',
    getToken: () => 'alice',
    userId: 'alice',
    storage: createMemoryStorage('disk'),
    environment: page,
    autoConnect: false,
    features,
  })
  return { page, client, general: client.channel('general') }
}

const message: MessageRef = { channelSeq: 1, messageId: 'm', epoch: 1 }

/** What a call is refused with, whether it throws or rejects. */
async function refusal(task: () => unknown): Promise<string> {
  try {
    await task()
    return 'no refusal'
  } catch (error) {
    return String((error as Error).message)
  }
}

type Offline = ReturnType<typeof offline>
type Call = (of: Offline, options: never) => unknown

/** Every call that takes options with a signal. */
const calls: Record<string, Call> = {
  'client.on': ({ client }, options) => client.on('status', () => {}, options),
  'channel.on': ({ general }, options) => general.on('message', () => {}, options),
  'channels.on': ({ client }, options) => client.channels.on('added', () => {}, options),
  'outbox.on': ({ client }, options) => client.outbox.on('change', () => {}, options),
  'presence.on': ({ client }, options) => client.presence.on('change', () => {}, options),
  'timeline.subscribe': ({ general }, options) => general.timeline.subscribe(() => {}, options),
  'timeline.loadOlder': ({ general }, options) => general.timeline.loadOlder(options),
  ready: ({ general }, options) => general.ready(options),
  history: ({ general }, options) => general.history(options),
  events: ({ general }, options) => general.events(options).next(),
  list: ({ client }, options) => client.channels.list(options).next(),
  send: ({ general }, options) => general.send('Hello', options),
  edit: ({ general }, options) => general.edit(message, 'Hello!', options),
  react: ({ general }, options) => general.react(message, '+1', options),
  drain: ({ client }, options) => client.drain(options),
  retry: ({ client }, options) => client.outbox.retry('id', options),
  counts: ({ client }, options) =>
    client.receipts.in('general').counts({ ...message, epoch: 1 }, options),
}

describe('an argument that cannot be', () => {
  it.each(Object.entries(calls))(
    'I9: is refused by %s where options are none, or their signal is none, and nothing is left',
    async (_name, call) => {
      const of = offline()
      for (const [options, text] of [
        [null, '[invalid_argument] options must be an object, not null.'],
        [5, '[invalid_argument] options must be an object, not 5.'],
        [{ signal: 5 }, '[invalid_argument] signal must be an AbortSignal, not 5.'],
        [{ signal: {} }, '[invalid_argument] signal must be an AbortSignal, not this object.'],
      ] as const) {
        expect(await refusal(() => call(of, options as never))).toBe(text)
      }
      expect(of.general.state).toBe('dormant')
      expect(of.client.outbox.list()).toEqual([])
      await of.client.close()
      expect(of.page.open()).toEqual(NOTHING)
    },
  )

  it.each([
    [{ around: 3, before: 6 }, 'around must be without before and after, not 3.'],
    [{ around: 3, after: 1 }, 'around must be without before and after, not 3.'],
    [{ before: {} }, 'before must be a message or its number, not this object.'],
    [{ after: null }, 'after must be a message or its number, not null.'],
    [{ around: -1 }, 'around must be a message or its number, not -1.'],
    [{ before: '5' }, 'before must be a message or its number, not this string.'],
    [{ after: 5, before: 5 }, 'before must be above 5, not 5.'],
    [{ before: 0 }, 'before must be above 0, not 0.'],
    [{ limit: '5' }, 'limit must be an integer from 1 to 100, not this string.'],
  ])('is refused by history as %j', async (options, text) => {
    const { general } = offline()
    expect(await refusal(() => general.history(options as never))).toBe(
      `[invalid_argument] ${text}`,
    )
  })

  it('is refused by events() where nothing has the number that it is given', async () => {
    const { general } = offline()
    for (const after of [{}, null, -1, '5']) {
      expect(await refusal(() => general.events({ after } as never).next())).toMatch(
        '[invalid_argument] after must be a message or its number',
      )
    }
  })

  it('is refused by drain() as a time that cannot be waited for', async () => {
    const { client } = offline()
    for (const timeoutMs of ['x', Number.NaN, -1, null]) {
      expect(await refusal(() => client.drain({ timeoutMs } as never))).toMatch(
        '[invalid_argument] timeoutMs must be a number of milliseconds',
      )
    }
  })

  it('is refused as a listener when it is given, not at each event', async () => {
    const { client, general } = offline()
    for (const wrong of [undefined, null, 'x'] as never[]) {
      for (const listen of [
        () => client.on('status', wrong),
        () => general.on('message', wrong),
        () => general.timeline.subscribe(wrong),
        () => client.presence.in('general').subscribe(wrong),
      ]) {
        expect(await refusal(listen)).toMatch('[invalid_argument] listener must be a function')
      }
    }
    expect(general.state).toBe('dormant')
  })

  it('is refused by receipts as what is no message', async () => {
    const { client } = offline()
    const seen = client.receipts.in('general')
    for (const wrong of [undefined, null, 5, {}] as never[]) {
      for (const ask of [seen.read, seen.stateOf, seen.seenBy, seen.counts]) {
        expect(await refusal(() => ask(wrong))).toMatch(
          '[invalid_argument] message must be one that was sent, or the result of a send',
        )
      }
    }
  })

  it('is refused by discard() as an id, for which a whole item is easily taken', async () => {
    const { client, general } = offline()
    void general.send('Hello')
    const [item] = client.outbox.list()
    expect(await refusal(() => client.outbox.discard(item as never))).toBe(
      '[invalid_argument] clientMsgId must be an id of 1 to 64 characters, not this object.',
    )
    expect(client.outbox.list()).toHaveLength(1)
  })

  it('is refused by presence as a status, and as a list of users', async () => {
    const { client } = offline()
    expect(await refusal(() => client.presence.set('busy' as never))).toBe(
      "[invalid_argument] status must be 'online', 'away' or 'auto', not this string.",
    )
    for (const wrong of [undefined, 'bob', [5]] as never[]) {
      expect(await refusal(() => client.presence.in('general').name(wrong))).toMatch(
        '[invalid_argument] userIds must be a list of ids',
      )
    }
  })

  it('is refused by a client as an environment', () => {
    const options = { url: 'wss://chat.example.com/v1/ws', getToken: () => 'alice' }
    for (const environment of [{}, 5, 'node'] as never[]) {
      expect(() => createClient({ ...options, environment })).toThrow(
        '[invalid_argument] environment must be an Environment',
      )
    }
  })

  it('is refused by a timeline as a limit, before there is anything to wait for', async () => {
    const { client, general } = offline()
    for (const limit of [0, 101, 'x'] as never[]) {
      expect(await refusal(() => general.timeline.loadOlder({ limit }))).toMatch(
        '[invalid_argument] limit must be an integer from 1 to 100',
      )
    }
    expect(general.state).toBe('dormant')
    await client.close()
  })

  it('is refused by the makers of features', () => {
    for (const make of [presence, receipts, typing]) {
      expect(() => make(null as never)).toThrow('[invalid_argument] options must be an object')
    }
    expect(() => presence({ watchActivity: 5 as never })).toThrow(
      '[invalid_argument] watchActivity must be a function, not 5.',
    )
  })
})

describe('arguments that can be', () => {
  it('are no signal, no limit in time, and no message that is answered', async () => {
    const { world, open } = setUp()
    const { client } = open()
    const general = client.channel('general')
    await over(world, general.send({ text: 'Hello', replyTo: null } as never))
    await over(world, general.ready({ signal: null } as never))
    await over(world, client.drain({ timeoutMs: Number.POSITIVE_INFINITY }))
    await client.close()
  })

  it('are a drain that is as long as anybody likes, and one that only looks', async () => {
    const { world, server, open } = setUp()
    const { client } = open()
    server.stop()
    void client.channel('general').send('Hello')
    const long = client.drain({ timeoutMs: Number.POSITIVE_INFINITY })
    await expect(over(world, client.drain({ timeoutMs: 0 }))).rejects.toMatchObject({
      code: 'timeout',
    })
    await world.advance(60_000)
    server.start()
    await over(world, long)
    await client.close()
  })

  it('around one message is a page of that message alone where the limit is 1', async () => {
    const { world, server, open } = setUp()
    for (let i = 1; i <= 5; i++) server.say(`${i}`)
    const { client } = open()
    const page = await over(world, client.channel('general').history({ around: 3, limit: 1 }))
    expect(page).toMatchObject({ items: [{ text: '3' }], oldestSeq: 3, newestSeq: 3 })
    await client.close()
  })
})
