import { describe, expect, it } from 'vitest'
import { TidingsError } from '../../src/errors.js'
import type { TimelineItem } from '../../src/timeline/echoes.js'
import { ITEMS_MAX } from '../../src/timeline/list.js'
import { type Asked, Line } from '../channel/fake-server.js'
import { loadAll, look, target, withMessages } from './set-up.js'

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

  it('I7: keeps a bounded number of items, of which the oldest go', async () => {
    const line = withMessages(1)
    const { timeline, shown } = await look(line)
    for (let i = 2; i <= ITEMS_MAX + 5; i += 1) line.say(`${i}`)
    expect(shown()).toHaveLength(ITEMS_MAX)
    expect(shown()[0]).toBe('6')
    expect(timeline.getSnapshot().hasOlder).toBe(false)
    await timeline.loadOlder()
    expect(shown()).toHaveLength(ITEMS_MAX)
  })

  it('I7: is loaded to its bound by who loads for as long as there is something to load', async () => {
    const line = withMessages(ITEMS_MAX + 60)
    const { timeline, shown } = await look(line)
    const all = loadAll(timeline, 99)
    await Promise.all([all, line.advance(10_000)])
    expect(shown()).toHaveLength(ITEMS_MAX)
    expect(shown()[0]).toBe('61')
  })

  it('waits for the start of its channel before it loads', async () => {
    const line = withMessages(120, false)
    const { timeline } = line.sync.channel('general')
    let isLoaded = false
    const all = loadAll(timeline, 100).then(() => {
      isLoaded = true
    })
    await line.advance(60_000)
    expect(isLoaded).toBe(false)
    line.connect()
    await Promise.all([all, line.advance(1_000)])
    expect(timeline.getSnapshot().items).toHaveLength(120)
  })

  it('I9: waits for no start that does not come any more', async () => {
    const line = withMessages(3, false)
    const { timeline } = line.sync.channel('general')
    const abort = new AbortController()
    const aborted = timeline.loadOlder({ signal: abort.signal })
    abort.abort()
    await expect(aborted).rejects.toMatchObject({ code: 'aborted' })
    const removed = line.sync.channel('elsewhere').timeline.loadOlder()
    removed.catch(() => {})
    line.connect()
    await line.advance(1_000)
    await expect(removed).rejects.toMatchObject({ code: 'not_in_channel' })
    const other = new Line()
    const closed = other.sync.channel('general').timeline.loadOlder()
    other.sync.close()
    await expect(closed).rejects.toMatchObject({ code: 'closed' })
  })

  it('opens and loads nothing for who has given up already', async () => {
    const line = withMessages(3)
    const channel = line.sync.channel('general')
    const signal = AbortSignal.abort()
    const given = channel.timeline.loadOlder({ signal })
    await expect(given).rejects.toMatchObject({ code: 'aborted' })
    await line.advance(1_000)
    expect(channel.state).toBe('dormant')
    expect(line.requests).toEqual([])
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
