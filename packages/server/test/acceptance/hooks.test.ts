import { CODES } from '@tidings/protocol'
import { describe, expect, it } from 'vitest'
import { createWorld, member } from './world.js'

const never = () => new Promise<never>(() => undefined)

describe('hooks', () => {
  it('authorize decides after our own table, and a no is forbidden', async () => {
    const asked: string[] = []
    const world = createWorld({
      members: [member('alice'), member('bob', { role: 'read_only' })],
      hooks: {
        authorize(request) {
          asked.push(`${request.userId} ${request.role} ${request.action}`)
          return false
        },
      },
    })
    expect(await world.submitOne(world.send())).toMatchObject({ code: 'forbidden' })
    expect(await world.submitOne(world.send(), { userId: 'bob' })).toMatchObject({
      code: 'forbidden',
    })
    expect(asked).toEqual(['alice member message.send'])
  })

  it('beforeAccept can change text and metadata, and refuse with a reason', async () => {
    const world = createWorld({
      hooks: {
        beforeAccept({ frame }) {
          if (!('text' in frame) || frame.text.includes('spam')) {
            return { allow: false, reason: 'No spam here.' }
          }
          return { allow: true, text: frame.text.toUpperCase(), metadata: { checked: true } }
        },
      },
    })
    expect(await world.submitOne(world.send({ text: 'hi' }))).toEqual({ status: 'appended' })
    expect(world.appended[0]?.[0]).toMatchObject({ text: 'HI', metadata: { checked: true } })
    expect(await world.submitOne(world.send({ text: 'spam' }))).toMatchObject({
      code: 'refused',
      message: 'No spam here.',
    })
  })

  it('a changed text obeys the same bounds', async () => {
    const world = createWorld({
      hooks: { beforeAccept: () => ({ allow: true, text: 'x'.repeat(10_001) }) },
    })
    expect(await world.submitOne(world.send())).toMatchObject({ code: 'msg_too_long' })
  })

  it('a hook cannot change who sends what where behind our back', async () => {
    const world = createWorld({
      hooks: {
        beforeAccept({ frame }) {
          frame.channel_id = 'elsewhere'
          return { allow: true }
        },
      },
    })
    await world.submitOne(world.send())
    expect(world.appended[0]?.[0]).toMatchObject({ channelId: 'general' })
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('broken')
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken'))],
    ['answers nonsense', () => ({}) as never],
  ])('fails closed when beforeAccept %s', async (_, beforeAccept) => {
    const world = createWorld({ hooks: { beforeAccept } })
    expect(await world.submitOne(world.send())).toMatchObject({
      code: 'unavailable',
      outcome: 'not_sent',
    })
    expect(world.appended).toEqual([])
    expect(world.hookFailures).toEqual(['beforeAccept'])
  })

  it.each<[string, unknown]>([
    ['half an emoji', { preview: 'an owl 🦉'.slice(0, 8) }],
    ['half an emoji in a key', { ['🦉'.slice(0, 1)]: true }],
    ['half an emoji far inside', { all: [{ of: ['🦉'.slice(1)] }] }],
    ['what no JSON can say', { score: Number.NaN }],
    ['a date', { at: new Date(0) }],
    ['the key __proto__', { a: JSON.parse('{ "__proto__": 1 }') }],
    ['more depth than a client may give', JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`)],
    ['more bytes than a client may give', { a: 'x'.repeat(5_000) }],
    ['no object', ['a']],
    ['nothing at all', null],
  ])('fails closed when beforeAccept gives as metadata %s', async (_, metadata) => {
    const world = createWorld({
      hooks: { beforeAccept: () => ({ allow: true, metadata: metadata as object as never }) },
    })
    expect(await world.submitOne(world.send())).toMatchObject({
      code: 'unavailable',
      outcome: 'not_sent',
    })
    expect(world.appended).toEqual([])
    expect(world.hookFailures).toEqual(['beforeAccept'])
  })

  it.each([undefined, null, '', 5, {}])(
    'a refusal whose reason is %j says the usual',
    async (reason) => {
      const world = createWorld({
        hooks: { beforeAccept: () => ({ allow: false, reason: reason as string }) },
      })
      const { message } = CODES.refused
      expect(await world.submitOne(world.send())).toMatchObject({ code: 'refused', message })
    },
  )

  it('[P-13] a reason that is cut is cut between letters', async () => {
    const world = createWorld({
      hooks: { beforeAccept: () => ({ allow: false, reason: `${'x'.repeat(499)}🦉` }) },
    })
    const verdict = await world.submitOne(world.send())
    expect(verdict).toMatchObject({ code: 'refused', message: expect.stringMatching(/^x{499}/) })
    expect((verdict as { message: string }).message.isWellFormed()).toBe(true)
  })

  it.each(['authorize', 'beforeAccept'] as const)(
    'fails closed when %s takes longer than its deadline, and leaves no timer',
    async (hook) => {
      const world = createWorld({ hooks: { [hook]: never } })
      const verdict = world.submitOne(world.send())
      await world.environment.advance(2_000)
      expect(await verdict).toMatchObject({ code: 'unavailable', outcome: 'not_sent' })
      expect(world.appended).toEqual([])
      expect(world.environment.timers).toBe(0)
    },
  )

  it('a slow hook in one channel does not hold up another', async () => {
    const world = createWorld({
      members: [member('alice'), member('alice', { channelId: 'slow' })],
      hooks: { authorize: ({ channelId }) => (channelId === 'slow' ? never() : true) },
    })
    const verdicts = world.acceptance.submit([
      world.request(world.send({ channel_id: 'slow' })),
      world.request(world.send()),
    ])
    await world.environment.settle()
    expect(world.appended.flat().map((command) => command.channelId)).toEqual(['general'])
    await world.environment.advance(2_000)
    expect((await verdicts).map((verdict) => verdict.status)).toEqual(['refused', 'appended'])
  })
})
