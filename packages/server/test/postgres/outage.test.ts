import { afterAll, describe, expect, it } from 'vitest'
import { startServices } from '../../../../scripts/services/index.js'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { createSqlDirectory } from '../../src/adapters/sql/directory.js'
import type { SqlHealth } from '../../src/adapters/sql/driver.js'
import { createSqlMessageStore } from '../../src/adapters/sql/message-store.js'
import { openPostgres } from '../../src/adapters/sql/postgres/open.js'
import { StreamBuilder } from '../../src/ports/contract/stream-builder.js'
import { StoreUnavailable } from '../../src/ports/message-store.js'
import { until } from '../support/wait.js'

// nodes are killed and frozen here: these are this file's own, whatever the environment names
const services = await startServices({ postgres: true }, { proxied: true })
const [node] = services.postgres.nodes
if (node === undefined) throw new Error('a server of our own has a node')

const troubles: SqlHealth[] = []
const open = await openPostgres({
  url: services.postgres.url,
  environment: nodeEnvironment,
  allowUnsafe: true,
  connectTimeoutMs: 1_000,
  waitTimeoutMs: 1_000,
  statementTimeoutMs: 1_000,
  onTrouble: (health) => troubles.push(health),
})
afterAll(async () => {
  await open.close()
  await services.close()
})
const store = createSqlMessageStore(open.driver, { followsLog: true })
const directory = createSqlDirectory(open.driver, nodeEnvironment)

/** Rejects as it should, though nobody brings the server back before. */
async function bounded(work: Promise<unknown>, expected: object): Promise<void> {
  const error: unknown = await work.then(
    () => 'it did not reject',
    (reason: unknown) => reason,
  )
  expect(error).toMatchObject(expected)
}

describe('while PostgreSQL is away', () => {
  it('every call is refused in a bounded time, and all goes on by itself when it is back', async () => {
    const stream = new StreamBuilder('c').say('0').say('1')
    await store.write(stream.batch(0, 1))
    await directory.upsertWorkspace({ workspaceId: 'w' })
    await node.kill()
    await bounded(store.write(stream.batch(1, 2)), { name: 'StoreUnavailable' })
    await bounded(store.heads(['c']), { name: 'StoreUnavailable' })
    await bounded(directory.workspace('w'), { name: 'DirectoryError', code: 'unavailable' })
    await bounded(directory.upsertUser({ userId: 'ada' }), { code: 'unavailable' })
    expect((await open.health()).state).toBe('restarting')
    expect(open.driver.health().state).toBe('restarting')
    await node.start()
    await until('it is written', () =>
      store.write(stream.batch(1, 2)).then(
        () => true,
        () => false,
      ),
    )
    expect((await store.heads(['c']))[0]?.headSeq).toBe(2)
    expect(await directory.workspace('w')).toBeDefined()
    expect(await open.health()).toEqual({ state: 'up' })
    expect(troubles.map(({ state }) => state)).toEqual(['restarting', 'up'])
  })

  it('R2: what broke off in the middle may have been written, and is written again without harm', async () => {
    const stream = new StreamBuilder('d')
    for (let i = 0; i < 400; i++) stream.say(`${i}`)
    let written = 0
    const writing = (async () => {
      while (written < 400) {
        const batch = stream.batch(written, written + 4)
        await store.write(batch).then(
          () => (written += 4),
          (error: unknown) => {
            expect(error).toBeInstanceOf(StoreUnavailable)
          },
        )
      }
    })()
    for (const after of [40, 200]) {
      await until(`${after} are written`, () => written >= after)
      await node.kill()
      await node.start()
    }
    await writing
    const [page] = await store.pages([{ channelId: 'd', direction: 'forward', limit: 500 }])
    expect(page?.events.map((event) => event.channel_seq)).toEqual(
      Array.from({ length: 400 }, (_, i) => i + 1),
    )
  })

  it('a server that is frozen holds nobody up, and is used again once it answers', async () => {
    await node.freeze()
    try {
      await bounded(store.heads(['c']), { name: 'StoreUnavailable' })
      await bounded(directory.workspace('w'), { code: 'unavailable' })
      expect((await open.health()).state).toBe('restarting')
    } finally {
      await node.thaw()
    }
    await until('it answers', async () => (await open.health()).state === 'up')
    expect((await store.heads(['c']))[0]?.headSeq).toBe(2)
  })

  it('R15: who was elected works no longer than it may believe it, and is elected again afterwards', async () => {
    let working = 0
    let terms = 0
    const candidacy = open.election.stand(async (held) => {
      working += 1
      terms += 1
      await new Promise<void>((resolve) => {
        held.addEventListener('abort', () => resolve(), { once: true })
      })
      working -= 1
    })
    await until('it is elected', () => working === 1)
    await node.freeze()
    try {
      await until('it has stopped', () => working === 0)
    } finally {
      await node.thaw()
    }
    await until('it is elected again', () => terms === 2)
    await candidacy.close()
  })
})
