import { LIMITS } from '@tidings/protocol'
import { describe, expect, it } from 'vitest'
import { StoreTables } from '../../src/adapters/memory/store-tables.js'
import type { Assignment } from '../../src/ports/command-log.js'
import type { LoadRequest, MessageStore } from '../../src/ports/message-store.js'
import type { Command } from '../../src/stream/command.js'
import { ID_WINDOW_MS, idWindowOf } from '../../src/stream/id-window.js'
import { command, createWorld, foldBy, send, targetOf, type WorldOptions } from './world.js'

const FIRST_MS = Math.ceil(Date.UTC(2026, 0, 1) / ID_WINDOW_MS) * ID_WINDOW_MS
const COMMIT_LAG_MS = 2_000
/** The windows that the first command asks for. */
const ASKED = [0, 1, 2, 3]
let made = 0

/** A message whose id was made so many windows after the first one, and accepted at once. */
function said(windowsLater = 0, fields: Partial<Omit<Command, 'kind'>> = {}): Command {
  const acceptedAt = FIRST_MS + windowsLater * ID_WINDOW_MS
  const digits = acceptedAt.toString(16).padStart(12, '0')
  const end = String(++made).padStart(12, '0')
  const clientMsgId = `${digits.slice(0, 8)}-${digits.slice(8)}-7000-8000-${end}`
  return send(`said ${made}`, { clientMsgId, acceptedAt, ...fields })
}

const again = (first: Command, acceptedAt = first.acceptedAt): Command => ({
  ...first,
  acceptedAt,
  messageId: `${first.messageId}-again`,
  origin: { processId: 'p2', replyTo: `again-${first.messageId}-${++made}` },
})

const windowsIn = (loads: readonly LoadRequest[]) =>
  loads.map(({ windows = [] }) => windows.map(({ number }) => number - FIRST_MS / ID_WINDOW_MS))

/** A world over a store that tells windows, and what it was asked. */
async function watched(
  change: (store: MessageStore) => Partial<MessageStore> = () => ({}),
  options: WorldOptions = {},
) {
  const loads: LoadRequest[] = []
  const world = await createWorld({
    commitLagMs: COMMIT_LAG_MS,
    ...options,
    wrap: (plain) => {
      const store = { ...plain, ...change(plain) }
      return {
        ...store,
        load(request) {
          loads.push(request)
          return store.load(request)
        },
      }
    },
  })
  const committed = () => world.environment.advance(COMMIT_LAG_MS)
  return { world, loads, committed }
}

describe('windows of ids that an assignment holds (R4)', () => {
  it('R4: what is said in a window that is held is stored without asking for anything', async () => {
    const { world, loads, committed } = await watched()
    await world.submit(said())
    expect(loads).toMatchObject([{ ids: [] }])
    expect(windowsIn(loads)).toEqual([ASKED])
    await world.submit(said(), said(0, { userId: 'bob' }))
    await committed()
    await world.submit(said())
    expect(loads).toHaveLength(1)
    expect(await world.served()).toHaveLength(4)
  })

  it('I3, R4: a repeat of what is committed is answered out of the window with the first result', async () => {
    for (const commitLagMs of [0, COMMIT_LAG_MS]) {
      const { world, loads, committed } = await watched(undefined, { commitLagMs })
      const first = said()
      const [one] = await world.submit(first, said())
      await committed()
      const [two] = await world.submit(again(first))
      expect(two).toMatchObject({ deduplicated: true, result: one?.result })
      expect(loads).toHaveLength(1)
    }
  })

  it('I3, R4: a window holds what an earlier owner wrote', async () => {
    const { world, loads, committed } = await watched()
    const first = said()
    const [one] = await world.submit(first)
    await committed()
    world.controls.loseOwnership(0)
    const [, two] = await world.submit(said(), again(first))
    expect(two).toMatchObject({ deduplicated: true, result: one?.result })
    expect(windowsIn(loads)).toEqual([ASKED, ASKED])
  })

  it('R1: windows end with the assignment: what another owner wrote meanwhile is known', async () => {
    const { world } = await watched(undefined, { reading: false, commitLagMs: 0 })
    const other = said()
    const repeat = again(other)
    const [reader, second] = [world.makeReader(), world.makeReader({ store: { ...world.store } })]
    await reader.run(assignment(0, said()))
    await second.run(assignment(1, other))
    await reader.run(assignment(2, repeat))
    const [one, two] = [other, repeat].map(world.answerTo)
    expect(two).toMatchObject({ deduplicated: true, result: one?.result })
  })

  it('R4: a row that a sequencer ahead has written stands in the window and does not count', async () => {
    const { world } = await watched(undefined, { reading: false })
    const first = said()
    await world.controls.log.append([said(), first])
    await foldBy(world)
    await foldBy(world)
    expect(world.answerTo(first)).toMatchObject({ deduplicated: false, result: { channelSeq: 2 } })
    expect(world.alarms).toEqual([])
  })

  it('R4: of the rows of one id the highest below counts, also in a window', async () => {
    const { world, loads, committed } = await watched()
    const first = said()
    const beyond = again(first, first.acceptedAt + LIMITS.idempotencyWindowMs + 1)
    await world.submit(first)
    await committed()
    const [two] = await world.submit(beyond)
    await committed()
    const [three] = await world.submit(again(beyond))
    expect(two).toMatchObject({ deduplicated: false, result: { channelSeq: 2 } })
    expect(three).toMatchObject({ deduplicated: true, result: { channelSeq: 2 } })
    expect(loads).toHaveLength(1)
  })

  it('with a window the ones that follow are asked for, and each of them once', async () => {
    const { world, loads } = await watched()
    for (const later of [2, 0, 3, 4, 5, 6]) await world.submit(said(later))
    expect(windowsIn(loads)).toEqual([
      [2, 3, 4, 5],
      [0, 1],
      [6, 7, 8, 9],
    ])
    expect(loads.flatMap(({ ids }) => ids)).toEqual([])
  })

  it('I7, R4: the ids of a window that is too large to be told are asked for one by one', async () => {
    const { world, loads, committed } = await watched((store) => ({
      async load(request) {
        const loaded = await store.load(request)
        return { ...loaded, windows: loaded.windows?.map(() => undefined) }
      },
    }))
    const first = said()
    const [one] = await world.submit(first)
    await committed()
    const [two] = await world.submit(again(first))
    expect(two).toMatchObject({ deduplicated: true, result: one?.result })
    expect(windowsIn(loads)).toEqual([ASKED, [], []])
    expect(loads.map(({ ids }) => ids.length)).toEqual([0, 1, 1])
  })

  it('an id that was made long before it was accepted, or says no time, is asked for alone', async () => {
    const { world, loads } = await watched()
    const late = said()
    await world.submit({ ...late, acceptedAt: late.acceptedAt + 60_000 }, send('of another form'))
    expect(windowsIn(loads)).toEqual([[]])
    expect(loads[0]?.ids).toHaveLength(2)
  })

  it('R4: what was asked for alone is added to a window that is held', async () => {
    const { world, loads, committed } = await watched()
    await world.submit(said())
    const late = said()
    await world.submit({ ...late, acceptedAt: late.acceptedAt + 60_000 })
    await committed()
    const [repeat] = await world.submit(again(late))
    expect(repeat).toMatchObject({ deduplicated: true, result: { channelSeq: 2 } })
    expect(loads).toHaveLength(1)
  })

  it('R3: each batch of a second look asks every replica for its windows', async () => {
    const lost = (store: MessageStore): Partial<MessageStore> => ({
      async load(request) {
        const loaded = await store.load(request)
        if (request.confirm === true) return loaded
        return { ...loaded, targets: loaded.targets.map(() => undefined) }
      },
    })
    const { world, loads, committed } = await watched(lost, { maxBatchRecords: 1 })
    const [first] = await world.submit(said())
    await committed()
    world.controls.loseOwnership(0)
    const { clientMsgId, acceptedAt } = said()
    const target = targetOf(first?.result)
    const edit = command({ kind: 'message.edit', target, text: 'ho' }, { clientMsgId, acceptedAt })
    await world.submit(said(), edit)
    await world.environment.advance(10_000)
    expect(world.answerTo(edit)).toMatchObject({ result: { status: 'accepted' } })
    expect(windowsIn(loads.filter(({ confirm }) => confirm))).toEqual([ASKED, ASKED])
  })

  it('R10: after a raised epoch windows are asked for again', async () => {
    const { world, loads, committed } = await watched(undefined, { tables: new StoreTables() })
    await world.submit(said(), said())
    const raise = { kind: 'epoch.raise', epoch: 2, fromSeq: 1 } as const
    await world.submit(command(raise, { clientMsgId: '~e2', origin: undefined }))
    await committed()
    loads.length = 0
    const [next] = await world.submit(said())
    expect(next?.result).toMatchObject({ epoch: 2, channelSeq: 2 })
    expect(windowsIn(loads)).toEqual([ASKED])
  })

  it('a store that tells no windows is asked for ids', async () => {
    const { world, loads } = await watched(() => ({ tellsIdWindows: undefined }))
    await world.submit(said())
    expect(loads).toMatchObject([{ ids: [{}] }])
    expect(loads[0]?.windows).toBeUndefined()
  })
})

describe('the window of an id (R11)', () => {
  it('is that of the four seconds in which a UUIDv7 was made, in its channel', () => {
    const first = said()
    const { channelId } = first
    expect(idWindowOf(first)).toEqual({ channelId, number: FIRST_MS / ID_WINDOW_MS })
    expect(idWindowOf(said(3))).toEqual({ channelId, number: FIRST_MS / ID_WINDOW_MS + 3 })
    expect(idWindowOf(send('of another form'))).toBeUndefined()
  })
})

/** An assignment that hands out one command and is over. */
function assignment(offset: number, one: Command): Assignment {
  const place = { generation: 1, partition: 0 }
  const batches = [[{ position: { ...place, offset }, command: one }]]
  return {
    ...place,
    committed: offset,
    signal: new AbortController().signal,
    next: async () => batches.shift() ?? [],
    commit: async () => undefined,
  }
}
