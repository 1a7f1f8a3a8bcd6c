import { describe, expect, it } from 'vitest'
import { createMemoryCommandLog } from '../../src/adapters/memory/command-log.js'
import { createClosers } from '../../src/cluster/closers.js'
import { measureLag, tellLag } from '../../src/cluster/lag.js'
import { timedLog } from '../../src/cluster/timed-log.js'
import { loadConfig } from '../../src/config/load.js'
import { aborted } from '../../src/environment/aborted.js'
import { createMetrics } from '../../src/observe/metrics.js'
import { captureLog } from '../support/log.js'
import { told } from '../support/metrics.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'

/** What a process with the role `sequencer` does about a log whose partitions lag so much. */
function world() {
  const environment = createVirtualEnvironment()
  const metrics = createMetrics()
  const captured = captureLog('info')
  const troubles: string[] = []
  const commandLog = { lags: [0, 0] as number[] | undefined, lag: async () => given() }
  const given = (): number[] => {
    if (commandLog.lags === undefined) throw new Error('the log is away')
    return commandLog.lags
  }
  const onTrouble = (where: string): void => void troubles.push(where)
  const watch = tellLag(commandLog, metrics, {
    config: loadConfig({
      name: 'the test',
      values: { lagWarnRecords: 1_000, lagAlertRecords: 10_000 },
    }),
    environment,
    log: captured.log,
    closers: createClosers(),
    onTrouble,
    onFatal: () => undefined,
    onForgetful: () => undefined,
  })
  const seen = async () =>
    Object.values(
      await told(metrics, 'log_lag_level', 'log_lag{partition="0"}', 'log_lag{partition="1"}'),
    )
  return { environment, metrics, captured, troubles, commandLog, onTrouble, watch, seen }
}

describe('/metrics tells of the log', () => {
  it('which partitions this process folds now', async () => {
    const environment = createVirtualEnvironment()
    const metrics = createMetrics()
    const log = timedLog(
      createMemoryCommandLog({ environment, partitions: 2 }),
      metrics,
      environment,
    )
    const held = () =>
      told(metrics, 'log_partition_held{partition="0"}', 'log_partition_held{partition="1"}')
    const reading = await log.read({ run: ({ signal }) => aborted(signal) })
    await environment.settle()
    expect(Object.values(await held())).toEqual([1, 1])
    const closing = reading.close()
    await environment.settle()
    await closing
    expect(Object.values(await held())).toEqual([undefined, undefined])
  })
})

describe('/metrics tells of a log that lags', () => {
  it('I7: how much, by partition, and how bad that is: 0 well, 1 a partition lags, 2 the log lags', async () => {
    const { environment, captured, commandLog, watch, seen } = world()
    await environment.advance(10_000)
    expect(await seen()).toEqual([0, 0, 0])
    commandLog.lags = [20, 1_500]
    await environment.advance(10_000)
    expect(await seen()).toEqual([1, 20, 1_500])
    commandLog.lags = [9_000, 1_500]
    await environment.advance(10_000)
    expect(await seen()).toEqual([2, 9_000, 1_500])
    commandLog.lags = [0, 3]
    await environment.advance(10_000)
    expect(await seen()).toEqual([0, 0, 3])
    expect(captured.grep('the log').map(({ level }) => level)).toEqual([40, 50, 30])
    watch.close()
    expect(environment.timers).toBe(0)
  })

  it('how much it is when they are asked for, and what was measured last while the log is away', async () => {
    const { metrics, troubles, commandLog, onTrouble, watch, seen } = world()
    commandLog.lags = [7, 8]
    await measureLag(commandLog, metrics, onTrouble)
    expect(await seen()).toEqual([0, 7, 8])
    commandLog.lags = undefined
    await measureLag(commandLog, metrics, onTrouble)
    expect(await seen()).toEqual([0, 7, 8])
    expect(troubles).toEqual(['log lag'])
    watch.close()
  })
})
