import assert from 'node:assert/strict'
import type { MembershipChange } from '../membership.js'
import type {
  Ephemeral,
  PushBatch,
  PushBus,
  PushReceiver,
  Removal,
  SessionEnding,
} from '../push.js'
import {
  type ContractRunner,
  casesOver,
  type Eventually,
  eventuallyWithin,
  turns,
} from './runner.js'

/** An adapter under test. */
export interface PushHarness {
  /** The bus as another process sees it; in one process it may be the same object. */
  open(): Promise<PushBus>
  close(): Promise<void>
}

/** A process that keeps what it is pushed. */
class RecordingReceiver implements PushReceiver {
  readonly batches: PushBatch[] = []
  readonly removals: Removal[] = []
  readonly changes: MembershipChange[] = []
  readonly endings: SessionEnding[] = []
  #release: () => void = () => undefined
  readonly #held: Promise<void>

  constructor(private readonly confirms: 'at once' | 'when released' | 'never' = 'at once') {
    this.#held = new Promise((resolve) => (this.#release = resolve))
  }

  receive(batch: PushBatch): void {
    this.batches.push(batch)
  }

  async confirmRemoval(removal: Removal): Promise<void> {
    this.removals.push(removal)
    await this.#answer()
  }

  async invalidate(changes: readonly MembershipChange[]): Promise<void> {
    this.changes.push(...changes)
    await this.#answer()
  }

  async endSessions(ending: SessionEnding): Promise<void> {
    this.endings.push(ending)
    await this.#answer()
  }

  async #answer(): Promise<void> {
    if (this.confirms === 'when released') await this.#held
    if (this.confirms === 'never') throw new Error('this process cannot tell')
  }

  release(): void {
    this.#release()
  }
}

let batches = 0

function batch(text = ''): PushBatch {
  const seq = ++batches
  const event = {
    type: 'message.new',
    channel_id: 'c',
    channel_seq: seq,
    message_count: seq,
    user_id: 'ada',
    client_msg_id: `client-${seq}`,
    ts: 1,
    message_id: `message-${seq}`,
    text,
  } as const
  const result = { status: 'accepted', epoch: 1, channelSeq: seq, messageId: 'm', ts: 1 } as const
  const id = { channelId: 'c', userId: 'ada', clientMsgId: `client-${seq}` }
  const head = { epoch: 1, fromSeq: 0, headSeq: seq, messageCount: seq, oldestSeq: 1 }
  const json = JSON.stringify(event)
  const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const request = { requestId: `\ufeffrequest ${seq}`, ...(seq % 2 === 0 && { trace }) }
  return {
    channels: [{ channelId: 'c', ...head, events: [{ event, json, request }] }],
    answers: [
      { origin: { processId: 'a', replyTo: 'r' }, id, result, deduplicated: false, ...request },
    ],
  }
}

const removal: Removal = { channelId: 'c', userId: 'bob', epoch: 1, seq: 7, reason: 'kicked' }
const changes: readonly MembershipChange[] = [
  { channelId: 'c', userId: 'bob', version: 7 },
  { channelId: 'é', userId: '\ufeffbob', version: 9_007_199_254_740_991 },
]

const endings: readonly SessionEnding[] = [
  { userId: 'bob', reason: 'ended' },
  { userId: '\ufeffbob', deviceId: 'd', tokenId: '~é', reason: 'forbidden' },
]

const ephemeral: readonly Ephemeral[] = [
  { kind: 'typing', channelId: 'c', userId: '\ufeffbob', state: 'start' },
  { kind: 'presence', userId: 'bob', status: 'offline', lastSeen: 7, channelIds: ['c', 'é'] },
  { kind: 'presence', userId: 'bob', status: 'online', channelIds: ['c'] },
  {
    kind: 'receipt',
    rise: {
      kind: 'read',
      channelId: 'c',
      userId: 'bob',
      epoch: 2,
      seq: 9_007_199_254_740_991,
      messageCount: 5,
    },
    ownOnly: true,
  },
]

/** What every PushBus must do. */
export function pushBusContract(
  name: string,
  makeHarness: () => Promise<PushHarness>,
  runner: ContractRunner,
): void {
  const eventually: Eventually = eventuallyWithin(runner.patienceMs)
  const over = casesOver(runner, makeHarness)
  const test = (title: string, body: (bus: PushBus, harness: PushHarness) => Promise<void>) =>
    over(title, async (harness) => body(await harness.open(), harness))

  runner.describe(`${name} is a push bus`, () => {
    test('brings a batch to the process it is for, unchanged, and to no other', async (bus, harness) => {
      const [a, b] = [new RecordingReceiver(), new RecordingReceiver()]
      bus.register('a', a)
      ;(await harness.open()).register('b', b)
      const sent = batch('e\u0301 👩‍👩‍👧‍👦 "\\ \u0000\u2028')
      await bus.push('b', sent)
      await eventually('the batch', () => b.batches.length === 1)
      assert.deepEqual(b.batches, [sent])
      assert.deepEqual(a.batches, [])
    })

    test('keeps the order of pushes to one process, awaited or not', async (bus) => {
      const receiver = new RecordingReceiver()
      bus.register('a', receiver)
      const sent = Array.from({ length: 50 }, () => batch())
      await Promise.all(sent.map((one) => bus.push('a', one)))
      await eventually('50 batches', () => receiver.batches.length === 50)
      assert.deepEqual(receiver.batches, sent)
    })

    test('brings what is ephemeral, unchanged, and nothing where there is none', async (bus) => {
      const receiver = new RecordingReceiver()
      bus.register('a', receiver)
      const sent: PushBatch = { channels: [], answers: [], ephemeral }
      await bus.push('a', sent)
      await bus.push('a', batch())
      await eventually('both', () => receiver.batches.length === 2)
      assert.deepEqual(receiver.batches[0], sent)
      assert.equal(receiver.batches[1]?.ephemeral, undefined)
    })

    test('tells which processes are registered now', async (bus, harness) => {
      assert.deepEqual(bus.processes(), [])
      const leaveA = bus.register('a', new RecordingReceiver())
      ;(await harness.open()).register('b', new RecordingReceiver())
      await eventually('both', () => bus.processes().length === 2)
      assert.deepEqual([...bus.processes()].sort(), ['a', 'b'])
      leaveA()
      await eventually('one', () => bus.processes().length === 1)
      assert.deepEqual(bus.processes(), ['b'])
    })

    test('an id belongs to one living process', async (bus) => {
      const leave = bus.register('a', new RecordingReceiver())
      assert.throws(() => bus.register('a', new RecordingReceiver()))
      leave()
      const receiver = new RecordingReceiver()
      bus.register('a', receiver)
      await bus.push('a', batch())
      await eventually('the batch', () => receiver.batches.length === 1)
    })

    test('a push rejects when nobody knows whether the process took it', async (bus) => {
      await assert.rejects(bus.push('nobody', batch()))
      const leave = bus.register('a', new RecordingReceiver())
      leave()
      await assert.rejects(bus.push('a', batch()))
    })

    test('a process that fails holds up no other', async (bus) => {
      const good = new RecordingReceiver()
      bus.register('bad', {
        receive: () => {
          throw new Error('this process is broken')
        },
        confirmRemoval: () => new Promise(() => undefined),
      })
      bus.register('good', good)
      const failing = Array.from({ length: 5 }, () =>
        bus.push('bad', batch()).catch(() => 'failed'),
      )
      await bus.push('good', batch())
      await eventually('the batch', () => good.batches.length === 1)
      assert.ok((await Promise.all(failing)).length === 5)
    })

    test('R13: a removal is confirmed when the process has confirmed it, and not before', async (bus) => {
      const receiver = new RecordingReceiver('when released')
      bus.register('a', receiver)
      let confirmed = false
      const confirming = bus.confirmRemoval('a', removal).then(() => {
        confirmed = true
      })
      await eventually('the process is asked', () => receiver.removals.length === 1)
      assert.deepEqual(receiver.removals, [removal])
      await turns()
      assert.equal(confirmed, false)
      receiver.release()
      await confirming
    })

    test('R13: a removal that the process does not confirm is not confirmed', async (bus) => {
      bus.register('a', new RecordingReceiver('never'))
      await assert.rejects(bus.confirmRemoval('a', removal))
    })

    test('R13: a process that is gone can send nothing more', async (bus) => {
      const leave = bus.register('a', new RecordingReceiver())
      leave()
      await bus.confirmRemoval('a', removal)
    })

    test('R13: whoever is registered is among those that may hold a lease', async (bus, harness) => {
      const other = await harness.open()
      bus.register('a', new RecordingReceiver())
      other.register('b', new RecordingReceiver())
      await eventually('both', async () => (await bus.living()).length === 2)
      assert.deepEqual([...(await bus.living())].sort(), ['a', 'b'])
    })

    test('I8: memberships are dropped when the process has dropped them, and not before', async (bus) => {
      const receiver = new RecordingReceiver('when released')
      bus.register('a', receiver)
      let dropped = false
      const dropping = bus.invalidate('a', changes).then(() => {
        dropped = true
      })
      await eventually('the process is told', () => receiver.changes.length === 2)
      assert.deepEqual(receiver.changes, changes)
      await turns()
      assert.equal(dropped, false)
      receiver.release()
      await dropping
    })

    test('I8: memberships that the process did not drop are not dropped; one that is gone keeps none', async (bus) => {
      const leave = bus.register('a', new RecordingReceiver('never'))
      await assert.rejects(bus.invalidate('a', changes))
      leave()
      await bus.invalidate('a', changes)
    })

    test('sessions are ended when the process has ended them, and not before', async (bus) => {
      const receiver = new RecordingReceiver('when released')
      bus.register('a', receiver)
      let ended = false
      const ending = Promise.all(endings.map((one) => bus.endSessions('a', one))).then(() => {
        ended = true
      })
      await eventually('the process is told', () => receiver.endings.length === 2)
      const byUser = [...receiver.endings].sort((one) => (one.userId === 'bob' ? -1 : 1))
      assert.deepEqual(byUser, endings)
      await turns()
      assert.equal(ended, false)
      receiver.release()
      await ending
    })

    test('sessions that the process did not end are not ended; one that is gone has none', async (bus) => {
      const leave = bus.register('a', new RecordingReceiver('never'))
      for (const one of endings) await assert.rejects(bus.endSessions('a', one))
      leave()
      for (const one of endings) await bus.endSessions('a', one)
    })
  })
}
