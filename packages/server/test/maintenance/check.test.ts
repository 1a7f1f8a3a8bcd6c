import { copyFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { createSqlDirectory } from '../../src/adapters/sql/directory.js'
import { createSqlMessageStore } from '../../src/adapters/sql/message-store.js'
import { check } from '../../src/maintenance/check.js'
import { StreamBuilder } from '../../src/ports/contract/stream-builder.js'
import { inDataDir, type TestDataDir, testDataDir } from '../sql/data-dir.js'

/** Two channels with everything that can be done in one, an epoch and retention raised. */
async function fill(dataDir: TestDataDir): Promise<void> {
  const { driver, close } = await dataDir.open()
  const store = createSqlMessageStore(driver)
  const stream = new StreamBuilder('c').say('one').join('bob').say('three').reply('four', 1)
  stream.edit(1, 'uno').react(3, '👍', 'bob').remove(3).raiseRetention(2).raiseEpoch(2, 6, 3)
  await store.write(stream.say('nine').react(1, '🎉', 'eve').batch())
  await store.write(new StreamBuilder('d', { firstOffset: 20 }).say('there').batch())
  const directory = createSqlDirectory(driver, nodeEnvironment)
  await directory.upsertWorkspace({ workspaceId: 'w' })
  await directory.setWorkspaceMember({ workspaceId: 'w', userId: 'a', role: 'member' })
  await directory.upsertChannel({ channelId: 'c', workspaceId: 'w', kind: 'public', ownerId: 'a' })
  await close()
}

/** When what a StreamBuilder makes was accepted, more or less. */
const then = { now: () => 2_000 }

/** What breaks it, and a part of what the check must say. */
const DAMAGE: Readonly<Record<string, readonly [sql: string, finding: RegExp, place: string]>> = {
  'a number is missing': [
    "DELETE FROM events WHERE channel_id = 'c' AND epoch = 1 AND channel_seq = 3",
    /without a hole/,
    'channel_seq 4',
  ],
  'the first number is missing': [
    "DELETE FROM events WHERE channel_id = 'd'",
    /^I2: the head of a channel/,
    'channel_id d',
  ],
  'an epoch does not begin where it started': [
    "UPDATE state_changes SET from_seq = 5 WHERE kind = 'epoch'",
    /begin where it started/,
    'epoch 2',
  ],
  'what an older epoch keeps is missing': [
    "DELETE FROM events WHERE channel_id = 'c' AND epoch = 1 AND channel_seq >= 6",
    /^R10: what an epoch keeps/,
    'from_seq 6',
  ],
  'a head is behind': [
    "UPDATE heads SET head_seq = 0 WHERE channel_id = 'd'",
    /^I2: the head/,
    'd',
  ],
  'a head is missing': ["DELETE FROM heads WHERE channel_id = 'd'", /has a head/, 'channel_id d'],
  'a count is off': [
    "UPDATE events SET message_count = 9 WHERE channel_id = 'c' AND channel_seq = 4",
    /^message_count counts/,
    'channel_seq 4',
  ],
  'the count of a head is off': [
    "UPDATE heads SET message_count = 9 WHERE channel_id = 'd'",
    /^message_count of a head/,
    'channel_id d',
  ],
  'positions go back': [
    "UPDATE events SET log_offset = 0 WHERE channel_id = 'c' AND channel_seq = 4",
    /^R6: positions rise/,
    'channel_seq 4',
  ],
  'a channel stands before its last change': [
    "UPDATE heads SET log_offset = 1 WHERE channel_id = 'd'",
    /^R6: a channel stands/,
    'channel_id d',
  ],
  'an event says something else than its row': [
    "UPDATE events SET event = json_set(event, '$.channel_seq', 7) WHERE channel_id = 'd'",
    /^R9: an event says/,
    'channel_id d',
  ],
  'an event is no JSON': [
    "UPDATE events SET event = substr(event, 5) WHERE channel_id = 'd'",
    /malformed JSON|^R9: an event says/,
    'channel_id d',
  ],
  'an id names another event': [
    'UPDATE ids SET channel_seq = 1 WHERE channel_seq = 4',
    /^I3: an accepted id/,
    'channel_seq 1',
  ],
  'an id is forgotten': [
    "DELETE FROM ids WHERE client_msg_id = 'client-2'",
    /^I3: the id of every event/,
    'channel_seq 3',
  ],
  'a message that something was done to is missing': [
    "UPDATE effects SET target_seq = 2 WHERE kind = 'delete'",
    /^R9: what an event did/,
    'target_seq 2',
  ],
  'an event that did something is missing': [
    "UPDATE effects SET by_seq = 99 WHERE kind = 'edit'",
    /^R9: what was done/,
    'by_seq 99',
  ],
  'members are miscounted': ['UPDATE channels SET member_count = 7', /members/, 'member_count 7'],
  'something refers to what is not there': [
    "PRAGMA foreign_keys = OFF; DELETE FROM workspaces WHERE workspace_id = 'w'",
    /refers to/,
    'channels',
  ],
}

let filled: TestDataDir
beforeAll(async () => {
  filled = await testDataDir()
  await fill(filled)
})
afterAll(() => filled.remove())

const copyInto = (dataDir: TestDataDir): Promise<void> =>
  copyFile(join(filled.path, 'tidings.db'), join(dataDir.path, 'tidings.db'))

describe('check', () => {
  it(
    'finds nothing in data that is whole',
    inDataDir(async (dataDir) => {
      await copyInto(dataDir)
      expect(await check(dataDir.path)).toEqual({ findings: [], channels: 2, events: 10 })
      expect(await readdir(dataDir.path)).toEqual(['tidings.db'])
    }),
  )

  it.each(Object.entries(DAMAGE))('says so when %s', (_, [sql, finding, place]) =>
    inDataDir(async (dataDir) => {
      await copyInto(dataDir)
      const database = new DatabaseSync(join(dataDir.path, 'tidings.db'))
      database.exec(sql)
      database.close()
      const { findings } = await check(dataDir.path, then)
      const found = findings.find((one) => finding.test(one.check))
      expect(found, JSON.stringify(findings)).toBeDefined()
      expect(found?.places.join()).toContain(place)
    })(),
  )

  it(
    'names a few places of many',
    inDataDir(async (dataDir) => {
      const { driver, close } = await dataDir.open()
      const stream = new StreamBuilder('c')
      for (let i = 0; i < 50; i++) stream.say(`${i}`)
      await createSqlMessageStore(driver).write(stream.batch())
      await driver.batch([{ sql: 'DELETE FROM ids', rows: [[]] }])
      const { findings } = await check(dataDir.path, then)
      expect(findings).toHaveLength(1)
      expect(findings[0]?.places).toHaveLength(10)
      expect(findings[0]?.more).toBe(true)
      await close()
    }),
  )

  it(
    'makes nothing where there is no data',
    inDataDir(async (dataDir) => {
      await expect(check(dataDir.path)).rejects.toMatchObject({ code: 'no_data' })
      await expect(check(dataDir.path)).rejects.toMatchObject({ code: 'no_data' })
    }),
  )
})
