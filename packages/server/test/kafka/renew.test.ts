import { afterAll, describe, expect, it } from 'vitest'
import { createKafkaCommandLog } from '../../src/adapters/kafka/command-log.js'
import { moveLog } from '../../src/adapters/kafka/move.js'
import { renewLog } from '../../src/adapters/kafka/renew.js'
import { createSqlLogRegistry } from '../../src/adapters/sql/log-registry.js'
import { createSqlMessageStore } from '../../src/adapters/sql/message-store.js'
import { newEpochs } from '../../src/cluster/new-epochs.js'
import { main } from '../../src/commands/main.js'
import { command, commands } from '../../src/ports/contract/log-support.js'
import { RecordingReader } from '../../src/ports/contract/recording-reader.js'
import type { Command } from '../../src/stream/command.js'
import { testDatabase } from '../postgres/database.js'
import { useService } from '../services/use-service.js'
import { until } from '../support/wait.js'
import { testOptions } from './harness.js'

const { brokers } = await useService('kafka')
const database = await testDatabase((await useService('postgres')).url)
afterAll(() => database.remove())

const PATIENCE_MS = 40_000
async function* only(...all: Command[]) {
  yield all
}

describe('R10: a log that does not fit what is stored', () => {
  it('is renewed: its first records are those that are given, and what it held is given up', async () => {
    const options = testOptions(brokers)
    const log = await createKafkaCommandLog(options)
    await log.append(commands('c', 3))
    await log.close()
    const first = command('c')
    const renewed = await renewLog({ ...options, first: only(first) })
    expect(renewed).toMatchObject({ generation: 2, status: 'open' })

    // the database was restored once more, and knows nothing of generation 2
    const [old, known] = await options.registry.read()
    expect([old?.status, known]).toEqual(['stored', renewed])
    const forgetful = testOptions(brokers)
    await forgetful.registry.put(undefined, { ...renewed, generation: 1, status: 'open' })
    const { topicPrefix, groupPrefix } = options
    const again = { ...options, registry: forgetful.registry, topicPrefix, groupPrefix }
    expect(await renewLog({ ...again, first: only(first) })).toMatchObject({ generation: 3 })

    const opened = await createKafkaCommandLog(again)
    await opened.append([command('c')])
    const reader = new RecordingReader()
    const subscription = await opened.read(reader)
    await until('both are read', () => reader.records.length === 2, PATIENCE_MS)
    expect(reader.records[0]).toMatchObject({
      position: { generation: 3, offset: 0 },
      command: { clientMsgId: first.clientMsgId },
    })
    await subscription.close()
    await opened.close()
  })

  it('R8: is renewed, and nobody asks the store any more for what lay below the seals of a move', async () => {
    const options = testOptions(brokers)
    await (await createKafkaCommandLog(options)).close()
    await moveLog(options)
    expect((await options.registry.read())[0]?.seals).toBeDefined()
    await renewLog({ ...options, first: only(command('c')) })
    const known = await options.registry.read()
    expect(known.map(({ status, seals }) => ({ status, seals }))).toEqual([
      { status: 'stored' },
      { status: 'stored' },
      { status: 'open' },
    ])
    const log = await createKafkaCommandLog(options)
    expect((await log.committed()).every(({ generation }) => generation === 3)).toBe(true)
    await log.close()
  })

  it('is not renewed while it is read, nor where there is none', async () => {
    const options = testOptions(brokers)
    await expect(renewLog({ ...options, first: only() })).rejects.toThrow('has no log yet')
    const log = await createKafkaCommandLog(options)
    const subscription = await log.read(new RecordingReader())
    await expect(renewLog({ ...options, first: only() })).rejects.toThrow('the log is still read')
    expect((await options.registry.read()).map(({ status }) => status)).toEqual(['open'])
    await subscription.close()
    await log.close()
  })

  it('gets a new epoch for every channel, above the highest that any has', async () => {
    const { driver } = await database.open()
    expect(await createSqlLogRegistry(driver).read()).toEqual([])
    await database.ask(`insert into tidings.workspaces values ('w', '', 0)`)
    await database.ask(`insert into tidings.channels
      select 'c' || lpad(n::text, 4, '0'), 'w', 'public', '', 0, 0 from generate_series(1, 1100) n`)
    await database.ask(`insert into tidings.heads values
      ('c0007', 4, '[{"epoch":1,"fromSeq":0},{"epoch":4,"fromSeq":2}]', 9, 5, 1, 1, 0, 8)`)
    const all: Command[] = []
    for await (const raises of newEpochs(driver, createSqlMessageStore(driver), 3_000)) {
      all.push(...raises)
    }
    expect(new Set(all.map(({ channelId }) => channelId)).size).toBe(1_100)
    expect(all).toHaveLength(1_100)
    expect(all[6]).toMatchObject({ kind: 'epoch.raise', channelId: 'c0007', epoch: 5, fromSeq: 9 })
    expect(all[7]).toMatchObject({ kind: 'epoch.raise', channelId: 'c0008', epoch: 5, fromSeq: 0 })
  })

  it('is renewed by a command that says what it does before it does it', async () => {
    expect(await main(['log', 'renew'])).toBe(2)
  })
})
