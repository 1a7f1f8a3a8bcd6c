import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { createKafkaCommandLog } from '../../src/adapters/kafka/command-log.js'
import { createSqlLogRegistry } from '../../src/adapters/sql/log-registry.js'
import { main } from '../../src/commands/main.js'
import { commands } from '../../src/ports/contract/log-support.js'
import { RecordingReader } from '../../src/ports/contract/recording-reader.js'
import { testDatabase } from '../postgres/database.js'
import { useService } from '../services/use-service.js'
import { until } from '../support/wait.js'
import { testOptions } from './harness.js'

const { brokers } = await useService('kafka')
const database = await testDatabase((await useService('postgres')).url)
afterAll(() => database.remove())
afterEach(() => vi.restoreAllMocks())

async function run(argv: readonly string[]): Promise<{ code: number; output: string }> {
  let output = ''
  const write = (text: string | Uint8Array) => {
    output += String(text)
    return true
  }
  vi.spyOn(process.stdout, 'write').mockImplementation(write)
  vi.spyOn(process.stderr, 'write').mockImplementation(write)
  const code = await main(argv)
  vi.restoreAllMocks()
  return { code, output }
}

describe('tidings log', () => {
  it('shows the generations and the lag, and R10: moves a running log to a new one', async () => {
    const postgres = await database.open()
    const registry = createSqlLogRegistry(postgres.driver)
    const options = { ...testOptions(brokers, registry), registryPollMs: 200 }
    const log = await createKafkaCommandLog(options)
    await log.append(commands('c', 3))
    const flags = [
      ...['--log', 'kafka', '--store', 'postgres', '--kafka-brokers', brokers.join(',')],
      ...['--kafka-topic-prefix', options.topicPrefix ?? ''],
      ...['--kafka-group-prefix', options.groupPrefix ?? ''],
      ...['--kafka-replication-factor', '1', '--kafka-min-insync-replicas', '1'],
      ...['--kafka-partitions', '2', '--allow-unsafe-kafka', '--allow-unsafe-postgres'],
      ...['--redis-url', 'redis://127.0.0.1:1', '--postgres-url', database.url],
    ]
    const shown = await run(['log', ...flags])
    expect(shown.output).toMatch(/generation 1 {2}open .* 4 partitions/)
    expect(shown.output).toMatch(/offsets 0 to 3, committed nothing, lag 3/)
    expect(shown.code).toBe(0)

    const subscription = await log.read(new RecordingReader())
    const moved = await run(['log', 'move', ...flags])
    expect(moved.output).toMatch(/has moved to generation 2/)
    expect(moved.code).toBe(0)
    await until('the log has moved', () => log.generation === 2 && log.partitions === 2)
    expect((await run(['log', ...flags])).output).toMatch(/generation 1 {2}stored/)
    await subscription.close()
    await log.close()
  })

  it('says what it needs', async () => {
    const { code, output } = await run(['log'])
    expect(output).toMatch(/needs the settings of a cluster/)
    expect(code).toBe(2)
    expect((await run(['log', 'burn'])).output).toMatch(/“burn” is not done to a log/)
  })
})
