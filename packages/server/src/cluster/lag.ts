import type { Metrics } from '../observe/metrics.js'
import type { CommandLog } from '../ports/command-log.js'
import { watchLag } from './lag-watch.js'
import type { ServicesParts } from './services.js'

const LOG_LEVELS = ['info', 'warn', 'error'] as const
const MESSAGES = [
  'the log is folded as fast as it is written',
  'a partition of the log lags: see whether its sequencer or the store is slow',
  'the log lags: more sequencers, up to the number of partitions, or a faster store help',
] as const

/** Measures the lag every now and then, and logs when it becomes worse or better. */
export function tellLag(
  commandLog: Pick<CommandLog, 'lag'>,
  metrics: Metrics,
  { config, environment, log, onTrouble }: ServicesParts,
): { close(): void } {
  return watchLag({
    environment,
    warnRecords: config.lagWarnRecords,
    alertRecords: config.lagAlertRecords,
    lag: () => commandLog.lag(),
    onLag(lags, level) {
      setLag(metrics, lags)
      metrics.logLagLevel.set(level)
    },
    onLevel: (level, said) => log[LOG_LEVELS[level]]({ ...said }, MESSAGES[level]),
    onError: (error) => onTrouble('log lag', error),
  })
}

/** Measures it now, for whoever asks for the metrics. */
export async function measureLag(
  commandLog: Pick<CommandLog, 'lag'>,
  metrics: Metrics,
  onTrouble: ServicesParts['onTrouble'],
): Promise<void> {
  try {
    setLag(metrics, await commandLog.lag())
  } catch (error) {
    // what else was counted is told all the same
    onTrouble('log lag', error)
  }
}

function setLag(metrics: Metrics, lags: readonly number[]): void {
  for (const [partition, records] of lags.entries()) {
    metrics.logLag.set({ partition: String(partition) }, records)
  }
}
