import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.js'

/**
 * The channel of these tests: 1 to 3 alice, bob and carol join, 4 to 13 ten messages of alice, 14 edits the
 * message at 5, 15 deletes the one at 6, 16 and 17 react to the one at 7, 18 replies to it.
 */
const HEAD = 18
const FIRST_MESSAGE = 4

let server: TestServer
const idAt = new Map<number, string>()
beforeAll(async () => {
  server = await startTestServer()
  const { admin } = server.tidings
  await admin.upsertWorkspace({ workspaceId: 'w' })
  await admin.upsertChannel({ workspaceId: 'w', channelId: 'c', kind: 'private', ownerId: 'alice' })
  await admin.upsertMember({ channelId: 'c', userId: 'bob' })
  await admin.upsertMember({ channelId: 'c', userId: 'carol' })
  for (let i = 0; i < 10; i++) {
    const sent = await admin.send({ channelId: 'c', userId: 'alice', text: `text ${i}` })
    idAt.set(sent.channel_seq ?? 0, sent.message_id)
  }
  await admin.edit({ channelId: 'c', userId: 'alice', target: at(5), text: 'edited' })
  await admin.delete({ channelId: 'c', userId: 'alice', target: at(6) })
  for (const user of ['bob', 'carol']) {
    await server.call(user, 'PUT', `${C}/messages/7/reactions/%F0%9F%91%8D?message_id=${idOf(7)}`)
  }
  await admin.send({ channelId: 'c', userId: 'bob', text: 'a reply', replyTo: at(7) })
  // dave joins late, and sees nothing from before: 19 is his own joining
  await admin.upsertMember({ channelId: 'c', userId: 'dave', visibleFromSeq: 8 })
})
afterAll(() => server.end())

const C = '/v1/channels/c'
const idOf = (seq: number): string => idAt.get(seq) ?? ''
const at = (seq: number) => ({ channelSeq: seq, messageId: idOf(seq) })

async function read(query: string, as = 'alice') {
  const answer = await server.call(as, 'GET', `${C}/messages${query}`)
  expect(answer.status).toBe(200)
  const { messages, ...covers } = answer.body.data
  const seqs = messages.map((event: { channel_seq: number }) => event.channel_seq)
  return { ...covers, seqs, messages }
}
const range = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i)

describe('[P-89] a page of history', () => {
  it.each(['before', 'after', 'around', 'from_time'])(
    'is not read where %s was forgotten to be filled in',
    async (name) => {
      const { status, body } = await server.call('alice', 'GET', `${C}/messages?${name}=&other=`)
      expect([status, body.error.message]).toEqual([400, `${name}: must be a number.`])
    },
  )

  it.each(['1e1', '0x10', '+5', '5.0', '%205'])(
    'is not read where a number is written as %s, which only a program takes for one',
    async (written) => {
      for (const path of [`${C}/messages?before=${written}`, `${C}/messages?limit=${written}`]) {
        const { status, body } = await server.call('alice', 'GET', path)
        expect([status, body.error.message]).toEqual([
          400,
          expect.stringMatching(/must be a number/),
        ])
      }
      const path = `${C}/messages/${written}?message_id=1`
      const { status, body } = await server.call('alice', 'DELETE', path)
      expect([status, body.error.message]).toEqual([400, 'seq: must be a number.'])
    },
  )

  it('is the newest part when nothing is said', async () => {
    expect(await read('?limit=5')).toMatchObject({
      from_seq: 15,
      to_seq: 19,
      seqs: range(15, 19),
      head_seq: HEAD + 1,
      oldest_seq: 1,
      has_older: true,
      has_newer: false,
    })
  })

  it('has at most 50 events unless more are asked for, and never above 100', async () => {
    expect((await read('')).seqs).toEqual(range(1, 19))
    for (const limit of ['0', '101', '-1', '1.5', 'x', '']) {
      const answer = await server.call('alice', 'GET', `${C}/messages?limit=${limit}`)
      expect([limit, answer.status, answer.body.error.code]).toEqual([limit, 400, 'invalid_frame'])
      expect(answer.body.error.message).toMatch(/^limit: /)
    }
  })

  it.each([
    ['?before=10&limit=3', range(7, 9), true, true],
    ['?before=3', range(1, 2), false, true],
    ['?before=1', [], false, true],
    ['?before=0', [], false, true],
    ['?after=10&limit=3', range(11, 13), true, true],
    ['?after=17', range(18, 19), true, false],
    ['?after=19', [], true, false],
    ['?after=900', [], true, false],
    ['?after=9007199254740991', [], true, false],
    ['?around=9007199254740991&limit=1', [], true, false],
    ['?after=0&limit=2', [1, 2], false, true],
    ['?after=10&before=13', [11, 12], true, true],
    ['?after=10&before=11', [], true, true],
    ['?around=10&limit=4', range(8, 11), true, true],
    ['?around=10&limit=1', [10], true, true],
    ['?around=1&limit=4', [1, 2], false, true],
    ['?around=19&limit=4', [17, 18, 19], true, false],
    ['?around=900&limit=4', [18, 19], true, false],
  ])('%s holds %j', async (query, seqs, hasOlder, hasNewer) => {
    const page = await read(query)
    expect(page.seqs).toEqual(seqs)
    expect(page).toMatchObject({ has_older: hasOlder, has_newer: hasNewer })
    if (seqs.length > 0) {
      expect([page.from_seq, page.to_seq]).toEqual([seqs[0], seqs.at(-1)])
    } else {
      expect(page.to_seq).toBe(page.from_seq - 1)
    }
  })

  it.each([
    '?before=5&after=5',
    '?before=5&after=9',
    '?before=5&around=5',
    '?after=5&from_time=5',
    '?around=5&from_time=5',
    '?before=-1',
    '?before=1e99',
    '?after=9007199254740992',
    '?around=x',
    '?from_time=yesterday',
    '?only=events',
  ])('%s is invalid_frame', async (query) => {
    const answer = await server.call('alice', 'GET', `${C}/messages${query}`)
    expect([answer.status, answer.body.error.code]).toEqual([400, 'invalid_frame'])
  })

  it.each(['forward', 'backward'])(
    '%s one after the other they cover everything once',
    async (way) => {
      const seen: number[] = []
      let query = way === 'forward' ? '?after=0&limit=4' : '?limit=4'
      for (;;) {
        const page = await read(query)
        seen.push(...page.seqs)
        if (way === 'forward') {
          if (!page.has_newer) break
          query = `?after=${page.to_seq}&limit=4`
        } else {
          if (!page.has_older) break
          query = `?before=${page.from_seq}&limit=4`
        }
      }
      expect(seen.sort((a, b) => a - b)).toEqual(range(1, 19))
    },
  )

  it('begins at a time', async () => {
    const { messages } = await read('?after=0')
    const eighth = messages[7]
    const page = await read(`?from_time=${eighth.ts}&limit=2`)
    expect(page.messages[0].ts).toBeGreaterThanOrEqual(eighth.ts)
    expect(page.from_seq).toBeLessThanOrEqual(8)
    expect(messages[page.from_seq - 2].ts).toBeLessThan(eighth.ts)
    expect((await read('?from_time=0&limit=1')).seqs).toEqual([1])
    expect((await read('?from_time=9000000000000')).seqs).toEqual([])
  })

  it('of messages only counts messages, and says what it covers', async () => {
    const page = await read('?only=messages&after=0&limit=3')
    expect(page.seqs).toEqual(range(FIRST_MESSAGE, FIRST_MESSAGE + 2))
    expect(page.from_seq).toBe(1)
    const last = await read('?only=messages&limit=2')
    expect(last.seqs).toEqual([13, 18])
    expect(last).toMatchObject({ to_seq: 19, has_newer: false })
    expect(last.from_seq).toBeGreaterThan(6)
  })

  it('of a channel without events is empty', async () => {
    await server.tidings.admin.upsertChannel({ workspaceId: 'w', channelId: 'empty' })
    const answer = await server.call('server', 'GET', '/v1/channels/empty/messages')
    expect(answer.body.data).toMatchObject({
      from_seq: 1,
      to_seq: 0,
      head_seq: 0,
      messages: [],
      has_older: false,
      has_newer: false,
    })
  })
})

describe('what a page serves', () => {
  const one = async (seq: number, as = 'alice') =>
    (await read(`?around=${seq}&limit=1`, as)).messages[0]

  it('[P-52] an edited message has its last text and says which event did it', async () => {
    expect(await one(5)).toMatchObject({
      type: 'message.new',
      text: 'edited',
      edited_seq: 14,
      rev: 14,
    })
  })

  it('[P-53] a deleted message is a tombstone', async () => {
    const tombstone = await one(6)
    expect(tombstone).toMatchObject({ message_id: idOf(6), deleted_seq: 15, rev: 15 })
    expect(tombstone).not.toHaveProperty('text')
  })

  it('[P-52] reactions and replies are summed up', async () => {
    const message = await one(7)
    expect(message.reactions).toEqual([{ emoji: '👍', count: 2, user_ids: ['bob', 'carol'] }])
    expect(message.rev).toBeGreaterThanOrEqual(17)
  })

  it('[P-55] who sees history from a number on sees nothing below, and hidden what changes it', async () => {
    const page = await read('?after=0', 'dave')
    expect(page).toMatchObject({ from_seq: 8, oldest_seq: 8, has_older: false })
    expect(page.seqs).toEqual(range(8, 19))
    const types = page.messages.map((event: { type: string }) => event.type)
    expect(types.slice(6, 10)).toEqual(Array(4).fill('event.hidden'))
    expect(JSON.stringify(page)).not.toContain('edited')
    for (const query of ['?before=8', '?around=3&limit=2', '?from_time=0&limit=1', '?before=4']) {
      for (const event of (await read(query, 'dave')).messages) {
        expect(event.channel_seq).toBeGreaterThanOrEqual(8)
      }
    }
  })

  it('[P-16] in a channel that never began anew no event names an epoch', async () => {
    const page = await read('?after=0')
    expect(page).not.toHaveProperty('epoch')
    for (const event of page.messages) expect(event).not.toHaveProperty('epoch')
  })
})
