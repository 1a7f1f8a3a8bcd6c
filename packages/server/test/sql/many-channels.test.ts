import { afterAll, afterEach, expect, it } from 'vitest'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { createSqlDirectory } from '../../src/adapters/sql/directory.js'
import type { SqlDriver } from '../../src/adapters/sql/driver.js'
import { sharedDataDir } from './data-dir.js'

const CHANNELS = 1_200

const dataDir = sharedDataDir()
afterEach(() => dataDir.clear())
afterAll(() => dataDir.remove())

/** A driver that counts the steps of its transactions. */
function counting(driver: SqlDriver): { readonly driver: SqlDriver; steps(): number } {
  let steps = 0
  return {
    steps: () => steps,
    driver: {
      ...driver,
      async begin(timeoutMs) {
        const session = await driver.begin(timeoutMs)
        return {
          ...session,
          execute(query, wants) {
            steps += 1
            return session.execute(query, wants)
          },
        }
      },
    },
  }
}

it('a bot of every channel leaves the workspace in few steps, because a transaction has its time', async () => {
  const { driver } = await dataDir.open()
  const directory = createSqlDirectory(driver, nodeEnvironment)
  await directory.upsertWorkspace({ workspaceId: 'w' })
  for (const userId of ['bot', 'ada']) {
    await directory.setWorkspaceMember({ workspaceId: 'w', userId, role: 'admin' })
  }
  const numbers = Array.from({ length: CHANNELS }, (_, i) => i)
  await driver.batch([
    {
      sql: `INSERT INTO channels (channel_id, workspace_id, kind, name, created_at, member_count)
        VALUES (?, 'w', 'public', '', 0, 1)`,
      rows: numbers.map((i) => [`c${i}`]),
    },
    {
      sql: `INSERT INTO members (channel_id, user_id, role, version, banned, joined_no)
        VALUES (?, 'bot', 'owner', 1, 0, ?)`,
      rows: numbers.map((i) => [`c${i}`, i + 1]),
    },
  ])
  await directory.setMember({ channelId: 'c7', userId: 'ada', role: 'member' })
  await directory.removeMember({ channelId: 'c8', userId: 'bot', reason: 'banned' })

  const counted = counting(driver)
  const { value, entries } = await createSqlDirectory(
    counted.driver,
    nodeEnvironment,
  ).removeWorkspaceMember('w', 'bot', 'ada')
  expect(counted.steps()).toBeLessThan(40)
  expect(value).toEqual(numbers.map((i) => `c${i}`).sort())
  expect(new Set(entries.map(({ channelId }) => channelId))).toEqual(new Set(value))
  expect(entries).toEqual(entries.toSorted((a, b) => a.entryId - b.entryId))
  const payload = { kind: 'member.leave', reason: 'kicked', byUserId: 'ada' }
  expect(entries.find(({ channelId }) => channelId === 'c7')).toMatchObject({ payload })
  expect(await directory.membershipsOf('bot')).toEqual([])
  expect(await directory.formerMemberships('bot', ['c7', 'c8'])).toEqual([
    { channelId: 'c7', reason: 'kicked' },
    { channelId: 'c8', reason: 'banned' },
  ])
  const counts = (await directory.channels(['c7', 'c8', 'c9'])).map((one) => one?.memberCount)
  expect(counts).toEqual([1, 0, 0])
})
