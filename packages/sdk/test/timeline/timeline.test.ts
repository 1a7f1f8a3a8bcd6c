import { describe, expect, it } from 'vitest'
import { TidingsError } from '../../src/errors.js'
import type { TimelineItem } from '../../src/timeline/echoes.js'
import { ITEMS_MAX } from '../../src/timeline/list.js'
import { type Asked, Line } from '../channel/fake-server.js'

const inShort = (item: TimelineItem): string => {
  if (item.kind === 'gap') return `gap ${item.fromSeq}-${item.toSeq} ${item.reason}`
  const change = item.status === 'sent' && item.changing ? ' changing' : ''
  const text = item.deleted ? '(deleted)' : item.text
  return `${text}${item.status === 'sent' ? '' : ` ${item.status}`}${change}`
}

/** A timeline that somebody looks at. */
async function look(line: Line) {
  const { timeline } = line.sync.channel('general')
  let calls = 0
  const stop = timeline.subscribe(() => {
    calls += 1
  })
  await line.advance(100)
  return {
    timeline,
    stop,
    calls: () => calls,
    shown: () => timeline.getSnapshot().items.map(inShort),
    item: (text: string) =>
      timeline.getSnapshot().items.find((item) => item.kind === 'message' && item.text === text),
  }
}

function withMessages(count: number): Line {
  const line = new Line()
  for (let i = 1; i <= count; i += 1) line.channel().append({ type: 'message.new', text: `${i}` })
  line.connect()
  return line
}
const target = (line: Line, seq: number) => ({
  target_seq: seq,
  target_message_id: line.channel().messages.get(seq)?.message_id ?? '',
})

describe('a timeline', () => {
  it('shows the newest page to who looks, and loads older ones', async () => {
    const line = withMessages(120)
    const { timeline, shown } = await look(line)
    expect(shown()).toHaveLength(50)
    expect(shown()[0]).toBe('71')
    expect(timeline.getSnapshot()).toMatchObject({ hasOlder: true, loadingOlder: false })
    const older = timeline.loadOlder({ limit: 70 })
    expect(timeline.getSnapshot().loadingOlder).toBe(true)
    await Promise.all([older, line.advance(100)])
    expect(shown()).toEqual(Array.from({ length: 120 }, (_, i) => `${i + 1}`))
    expect(timeline.getSnapshot()).toMatchObject({ hasOlder: false, loadingOlder: false })
    const asked = line.requests.length
    await timeline.loadOlder()
    expect(line.requests).toHaveLength(asked)
  })

  it('asks once when it is asked twice at once', async () => {
    const line = withMessages(120)
    const { timeline, shown } = await look(line)
    await Promise.all([timeline.loadOlder(), timeline.loadOlder(), line.advance(100)])
    expect(shown()).toHaveLength(100)
    expect(line.requests).toHaveLength(2)
  })

  it('is the same object until something changed, and so is each message', async () => {
    const line = withMessages(3)
    const { timeline, calls, item } = await look(line)
    const before = timeline.getSnapshot()
    const [one, two] = [item('1'), item('2')]
    const called = calls()
    await line.advance(10_000)
    expect(timeline.getSnapshot()).toBe(before)
    expect(calls()).toBe(called)
    line.happen({ type: 'message.edited', ...target(line, 2), text: '22' })
    line.say('4')
    await line.settle()
    expect(timeline.getSnapshot()).not.toBe(before)
    expect(item('1')).toBe(one)
    expect(item('22')).not.toBe(two)
    expect(calls()).toBe(called + 1)
  })

  it('tells everybody though somebody throws', async () => {
    const thrown: unknown[] = []
    const note = (reason: unknown): void => void thrown.push(reason)
    process.on('unhandledRejection', note)
    const line = withMessages(3)
    line.sync.channel('general').timeline.subscribe(() => {
      throw new Error('mine')
    })
    const { calls } = await look(line)
    process.off('unhandledRejection', note)
    expect(calls()).toBeGreaterThan(0)
    expect(thrown.length).toBe(calls())
  })

  it('stays as it is when an event changes nothing that it shows', async () => {
    const line = withMessages(3)
    const { timeline } = await look(line)
    const before = timeline.getSnapshot()
    line.happen({ type: 'member.joined', role: 'member' })
    expect(timeline.getSnapshot()).toBe(before)
  })

  it('folds edits, deletes, reactions and replies in', async () => {
    const line = withMessages(4)
    const { timeline } = await look(line)
    line.happen({ type: 'message.edited', ...target(line, 1), text: '11' })
    line.happen({ type: 'message.deleted', ...target(line, 2) })
    line.happen({ type: 'reaction.added', ...target(line, 3), emoji: '👍' })
    line.happen({ type: 'reaction.added', ...target(line, 3), emoji: '👍', user_id: 'carol' })
    const { target_seq: seq, target_message_id: message_id } = target(line, 4)
    line.happen({ type: 'message.new', text: 're', reply_to: { seq, message_id } })
    expect(timeline.getSnapshot().items).toMatchObject([
      { text: '11', editedSeq: 5 },
      { deleted: true, text: '' },
      { reactions: [{ emoji: '👍', count: 2, userIds: ['bob', 'carol'] }] },
      { replyCount: 1 },
      { text: 're' },
    ])
  })

  it('R14: folds into an older page what was seen before the page came', async () => {
    const line = withMessages(120)
    const { timeline, shown } = await look(line)
    line.happen({ type: 'message.edited', ...target(line, 60), text: 'edited' })
    line.cache = line.channel().cache()
    line.happen({ type: 'message.deleted', ...target(line, 61) })
    await Promise.all([timeline.loadOlder({ limit: 20 }), line.advance(100)])
    expect(shown().slice(0, 12)).toEqual([
      ...Array.from({ length: 9 }, (_, i) => `${51 + i}`),
      'edited',
      '(deleted)',
      '62',
    ])
  })

  it('shows a gap in its place, and what fills it', async () => {
    const line = withMessages(3)
    const { timeline, shown } = await look(line)
    line.connection.disconnect()
    for (let i = 4; i <= 603; i += 1) line.channel().append({ type: 'message.new', text: `${i}` })
    line.connect()
    await line.advance(100)
    expect(shown().slice(2, 6)).toEqual(['3', 'gap 4-553 skipped', '554', '555'])
    const gap = timeline.getSnapshot().items[3]
    if (gap?.kind !== 'gap') throw new Error('no gap')
    const [page] = await Promise.all([gap.fill({ limit: 2 }), line.advance(100)])
    expect(shown().slice(2, 7)).toEqual(['3', 'gap 4-551 skipped', '552', '553', '554'])
    expect(timeline.getSnapshot().items[3]).toMatchObject({ key: gap.key })
    await Promise.all([page.next(), gap.fill({ limit: 2 }), line.advance(100)])
    expect(shown().slice(2, 7)).toEqual(['3', 'gap 4-549 skipped', '550', '551', '552'])
  })

  it('closes a gap when all of it is there, and says what has expired meanwhile', async () => {
    const line = withMessages(3)
    const { timeline, shown } = await look(line)
    line.connection.disconnect()
    for (let i = 4; i <= 510; i += 1) line.channel().append({ type: 'message.new', text: `${i}` })
    line.connect()
    await line.advance(100)
    line.channel().oldestSeq = 400
    const gap = timeline.getSnapshot().items[3]
    if (gap?.kind !== 'gap') throw new Error('no gap')
    await Promise.all([gap.fill({ limit: 100 }), line.advance(100)])
    expect(shown().slice(3, 6)).toEqual(['gap 4-399 expired', '400', '401'])
    expect(shown()).not.toContain('gap 4-460 skipped')
  })

  it('reads again what lies below a gap: it may have changed inside it', async () => {
    const line = withMessages(3)
    const { shown } = await look(line)
    line.connection.disconnect()
    line.channel().append({ type: 'message.deleted', ...target(line, 2) })
    for (let i = 5; i <= 603; i += 1) line.channel().append({ type: 'message.new', text: `${i}` })
    line.connect()
    await line.settle()
    expect(shown().slice(0, 4)).toEqual(['1', '2', '3', 'gap 4-553 skipped'])
    await line.advance(100)
    expect(shown().slice(0, 5)).toEqual(['1', '(deleted)', '3', 'gap 4-553 skipped', '554'])
  })

  it('keeps two gaps apart, whichever is read around first', async () => {
    const line = withMessages(3)
    const { timeline, shown } = await look(line)
    const held: Asked[] = []
    const answers = line.onRequest
    line.onRequest = (asked) => {
      const isBackward =
        asked.frame.type === 'backfill.request' && asked.frame.direction === 'backward'
      if (isBackward) held.push(asked)
      else answers(asked)
    }
    for (let round = 0; round < 2; round += 1) {
      line.connection.disconnect()
      held.length = 0
      for (let i = 0; i < 600; i += 1) line.channel().append({ type: 'message.new', text: 'x' })
      line.connect()
      await line.advance(100)
    }
    for (const asked of held.reverse()) {
      line.answer(asked)
      await line.settle()
    }
    line.onRequest = answers
    while (timeline.getSnapshot().hasOlder) {
      await Promise.all([timeline.loadOlder({ limit: 100 }), line.advance(100)])
    }
    expect(shown().filter((text) => text.startsWith('gap'))).toEqual(['gap 604-1153 skipped'])
    expect(shown()).toHaveLength(603 + 1 + 50)
  })

  it('takes no page from before a gap', async () => {
    const line = withMessages(80)
    const { timeline, shown } = await look(line)
    line.latencyMs = 10_000
    const older = timeline.loadOlder()
    await line.settle()
    line.cache = line.channel().cache()
    line.onPush = () => {}
    line.happen({ type: 'message.deleted', ...target(line, 20) })
    for (let i = 0; i < 600; i += 1) line.say('x')
    line.connection.receive(line.channel().headFrame())
    line.latencyMs = 10
    await Promise.all([older, line.advance(30_000)])
    expect(shown().slice(18, 21)).toEqual(['19', '(deleted)', '21'])
  })

  it('begins anew at a reset, without what is void', async () => {
    const line = withMessages(5)
    const { timeline, shown } = await look(line)
    line.happen({ type: 'message.edited', ...target(line, 1), text: 'void' })
    line.reset(3)
    line.say('b4')
    await line.advance(100)
    expect(shown()).toEqual(['1', '2', '3', 'b4'])
    expect(timeline.getSnapshot().hasOlder).toBe(false)
  })

  it('takes no page that was asked for before a reset', async () => {
    const line = withMessages(80)
    const { timeline, shown } = await look(line)
    const older = timeline.loadOlder()
    await line.settle()
    line.reset(70)
    await Promise.all([older, line.advance(200)])
    expect(shown()).toEqual(Array.from({ length: 50 }, (_, i) => `${i + 21}`))
  })

  it('says that it loads until what it asked for after a reset is there', async () => {
    const line = withMessages(80)
    const { timeline } = await look(line)
    const held: Asked[] = []
    line.onRequest = (asked) => held.push(asked)
    void timeline.loadOlder()
    await line.settle()
    line.reset(70)
    await line.settle()
    const [first] = held.splice(0, 1)
    if (first) line.answer(first)
    await line.settle()
    expect(timeline.getSnapshot()).toMatchObject({ loadingOlder: true, items: [] })
  })

  it('puts nothing that was read around a gap into what began anew since', async () => {
    const line = withMessages(80)
    const { timeline, shown } = await look(line)
    line.connection.disconnect()
    for (let i = 0; i < 600; i += 1) line.channel().append({ type: 'message.new', text: 'x' })
    const held: Asked[] = []
    line.onRequest = (asked) => held.push(asked)
    line.connect()
    await line.settle()
    line.reset(40)
    const events = ['a', 'b'].map((text) => line.channel().append({ type: 'message.new', text }))
    for (const asked of held.splice(0)) {
      if (asked.frame.type === 'backfill.request' && asked.frame.before_seq === 81)
        line.answer(asked)
    }
    await line.settle()
    for (const event of events) line.connection.receive(event)
    expect(shown()).toEqual(['a', 'b'])
    expect(timeline.getSnapshot().hasOlder).toBe(true)
  })

  it('I7: keeps a bounded number of items, of which the oldest go', async () => {
    const line = withMessages(1)
    const { timeline, shown } = await look(line)
    for (let i = 2; i <= ITEMS_MAX + 5; i += 1) line.say(`${i}`)
    expect(shown()).toHaveLength(ITEMS_MAX)
    expect(shown()[0]).toBe('6')
    expect(timeline.getSnapshot().hasOlder).toBe(true)
    await timeline.loadOlder()
    expect(shown()).toHaveLength(ITEMS_MAX)
  })

  it('tries the first page again when somebody asks for it', async () => {
    const line = withMessages(3)
    const answers = line.onRequest
    line.onRequest = (asked) => asked.fail(new TidingsError('forbidden', 'No.'))
    const { timeline, shown } = await look(line)
    expect(timeline.getSnapshot()).toMatchObject({ items: [], hasOlder: true, loadingOlder: false })
    line.onRequest = answers
    await Promise.all([timeline.loadOlder(), line.advance(100)])
    expect(shown()).toEqual(['1', '2', '3'])
  })

  it('can first be touched by a listener, in the middle of a page', async () => {
    const line = withMessages(1)
    const channel = line.sync.channel('general')
    let first: readonly TimelineItem[] | undefined
    channel.on('message', () => {
      first ??= channel.timeline.getSnapshot().items
    })
    await line.settle()
    line.onPush = () => {}
    for (const text of ['2', '3', '4']) line.say(text)
    line.connection.receive(line.channel().headFrame())
    await line.advance(100)
    expect(first).toEqual([])
    const { shown } = await look(line)
    expect(shown()).toEqual(['1', '2', '3', '4'])
  })

  it('ends by its signal, and lets the channel go', async () => {
    const line = new Line({ backgroundChannels: 0 })
    line.connect()
    const channel = line.sync.channel('general')
    const abort = new AbortController()
    let calls = 0
    channel.timeline.subscribe(() => calls++, { signal: abort.signal })
    channel.timeline.subscribe(() => calls++, { signal: AbortSignal.abort() })
    await line.advance(100)
    expect(channel.state).toBe('live')
    const called = calls
    abort.abort()
    line.say('1')
    await line.settle()
    expect([calls, channel.state]).toEqual([called, 'dormant'])
  })

  it('survives the double mount of React in strict mode', async () => {
    const line = withMessages(2)
    const { timeline } = line.sync.channel('general')
    timeline.subscribe(() => {})()
    const { shown } = await look(line)
    expect(shown()).toEqual(['1', '2'])
    expect(line.requests).toHaveLength(1)
  })
})

describe('the local echo', () => {
  it('is at the end until its message is there, under the same key, never twice', async () => {
    const line = withMessages(1)
    const { timeline, shown } = await look(line)
    const channel = line.sync.channel('general')
    const { message } = channel.send('mine')
    expect(shown()).toEqual(['1', 'mine pending'])
    line.say('2')
    expect(shown()).toEqual(['1', '2', 'mine pending'])
    const echo = timeline.getSnapshot().items.at(-1)
    expect(echo).toMatchObject({ key: message.key, userId: 'alice' })
    line.connection.receive(line.outbox.perform(message.clientMsgId))
    expect(shown()).toEqual(['1', '2', 'mine'])
    expect(timeline.getSnapshot().items.at(-1)?.key).toBe(message.key)
  })

  it('stays between the ack and the event: nothing flickers', async () => {
    const line = withMessages(1)
    const { timeline, shown } = await look(line)
    void line.sync.channel('general').send('a')
    void line.sync.channel('general').send('b')
    const event = line.outbox.perform('own1')
    line.outbox.ackFor(event)
    expect(shown()).toEqual(['1', 'a', 'b pending'])
    expect(timeline.getSnapshot().items[1]).toMatchObject({ status: 'sent', channelSeq: 2 })
    line.connection.receive(event)
    expect(shown()).toEqual(['1', 'a', 'b pending'])
    expect(timeline.getSnapshot().items[1]).toMatchObject({ channelSeq: 2, messageCount: 2 })
  })

  it('stays while its event is held above a hole', async () => {
    const line = withMessages(1)
    const { shown } = await look(line)
    void line.sync.channel('general').send('mine')
    line.onPush = () => {}
    line.say('2')
    line.connection.receive(line.outbox.perform('own1'))
    expect(shown()).toEqual(['1', 'mine'])
    await line.advance(100)
    expect(shown()).toEqual(['1', '2', 'mine'])
  })

  it('is shown as failed when the server refused it, and goes when it is discarded', async () => {
    const line = withMessages(1)
    const { timeline, shown } = await look(line)
    void line.sync.channel('general').send('bad')
    line.outbox.park('own1', new TidingsError('refused', 'A bad word.'))
    expect(shown()).toEqual(['1', 'bad failed'])
    expect(timeline.getSnapshot().items[1]).toMatchObject({ error: { code: 'refused' } })
  })

  it('is there before the first connection', async () => {
    const line = new Line()
    const { shown } = await look(line)
    void line.sync.channel('general').send('offline')
    expect(shown()).toEqual(['offline pending'])
  })

  it('shows changes at once, and keeps them until their event is there', async () => {
    const line = withMessages(3)
    const { timeline, shown, item } = await look(line)
    const channel = line.sync.channel('general')
    void channel.edit(item('1') as never, '11')
    void channel.delete(item('2') as never)
    void channel.react(item('3') as never, '👍')
    expect(shown()).toEqual(['11 changing', '(deleted) changing', '3 changing'])
    expect(timeline.getSnapshot().items[2]).toMatchObject({
      reactions: [{ emoji: '👍', count: 1, userIds: ['alice'] }],
      rev: 3,
    })
    const edit = line.outbox.perform('own1')
    line.outbox.ackFor(edit)
    expect(shown()[0]).toBe('11 changing')
    line.connection.receive(edit)
    expect(shown()[0]).toBe('11')
    expect(timeline.getSnapshot().items[0]).toMatchObject({ editedSeq: 4, rev: 4 })
  })

  it('is not shown on top of its event when the ack comes later', async () => {
    const line = withMessages(1)
    const { timeline, shown, item } = await look(line)
    line.outbox.observe = () => {}
    void line.sync.channel('general').edit(item('1') as never, '11')
    void line.sync.channel('general').send('mine')
    const events = [line.outbox.perform('own1'), line.outbox.perform('own2')]
    for (const event of events) line.connection.receive(event)
    expect(shown()).toEqual(['11 changing', 'mine'])
    for (const event of events) line.outbox.ackFor(event)
    expect(shown()).toEqual(['11', 'mine'])
    expect(timeline.getSnapshot().items[1]).toMatchObject({ messageCount: 2 })
  })

  it('takes back a change that the server refused or that changed nothing', async () => {
    const line = withMessages(2)
    const { shown, item } = await look(line)
    const channel = line.sync.channel('general')
    void channel.edit(item('1') as never, '11')
    line.outbox.park('own1', new TidingsError('forbidden', 'No.'))
    expect(shown()).toEqual(['1', '2'])
    void channel.react(item('2') as never, '👍')
    line.outbox.ack('own2', {
      channelId: 'general',
      epoch: 1,
      channelSeq: undefined,
      messageId: 'x',
      sentAt: 1,
      deduplicated: false,
    })
    expect(shown()).toEqual(['1', '2'])
  })
})
