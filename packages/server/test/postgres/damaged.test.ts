import { afterAll, expect, it } from 'vitest'
import { createSqlMessageStore } from '../../src/adapters/sql/message-store.js'
import { StreamBuilder } from '../../src/ports/contract/stream-builder.js'
import { StoreDamaged } from '../../src/ports/message-store.js'
import { useService } from '../services/use-service.js'
import { testDatabase } from './database.js'

const database = await testDatabase((await useService('postgres')).url)
afterAll(() => database.remove())
const { driver } = await database.open()
const store = createSqlMessageStore(driver, { followsLog: true })

const reasonOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'it did not reject',
    (reason: unknown) => reason,
  )

it('R3: a row that PostgreSQL cannot read is damage, not an engine that is away', async () => {
  const stream = new StreamBuilder('c').say('half an emoji: \ud83d')
  await store.write(stream.batch(0, 1))
  const load = store.load({
    below: stream.at(1),
    channels: ['c'],
    ids: [],
    targets: [{ key: stream.key(1) }],
  })
  const reason = await reasonOf(load)
  expect(reason).toBeInstanceOf(StoreDamaged)
  expect((reason as Error).message).toMatch(/22P02/)
  // it is served all the same
  const [page] = await store.pages([{ channelId: 'c', direction: 'forward', limit: 10 }])
  expect(page?.events).toMatchObject([{ channel_seq: 1, text: 'half an emoji: \ud83d' }])
})

it('R3: a batch that PostgreSQL can never hold is damage, and leaves nothing of itself', async () => {
  const stream = new StreamBuilder('d\u0000').say('to nobody')
  const reason = await reasonOf(store.write(stream.batch(0, 1)))
  expect(reason).toBeInstanceOf(StoreDamaged)
  expect((reason as Error).message).toMatch(/22021/)
  const [{ rows } = {}] = await database.ask('select count(*)::int as rows from tidings.events')
  expect(rows).toBe(1)
})
