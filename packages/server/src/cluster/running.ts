import { nodeEnvironment } from '../adapters/node/environment.js'
import { randomHex } from '../adapters/node/random-text.js'
import type { DevLogin } from '../auth/dev-login.js'
import type { Authenticator } from '../auth/port.js'
import type { EmbeddedOptions } from '../compose.js'
import type { Config } from '../config/fields.js'
import { FatalSignal } from '../observe/fatal.js'
import type { Logger } from '../observe/log.js'
import { createMetrics, type Metrics } from '../observe/metrics.js'
import { createStepLog, labelsOfError } from '../observe/steps.js'
import { createTroubleLog } from '../observe/trouble.js'
import type { Sequencing } from '../roles/sequencing.js'
import type { StepLog } from '../trace/steps.js'
import { createTraces, type Traces } from '../trace/traces.js'
import type { Closers } from './closers.js'
import type { ServicesParts } from './services.js'
import type { OpenServing } from './serving.js'
import type { StoppedPartitions } from './stopped-partitions.js'

/** What a process is made of, before anything is open. */
export interface Made {
  readonly config: Config
  readonly options: EmbeddedOptions
  readonly log: Logger
  readonly devLogin: DevLogin | undefined
  /** Left out: this process lets nobody in. */
  readonly verify: Authenticator | undefined
  readonly closers: Closers
}

/** What all parts of the process share. */
export interface Running extends Made {
  readonly processId: string
  readonly fatal: FatalSignal
  readonly metrics: Metrics
  readonly traces: Traces
  readonly steps: StepLog
  readonly parts: ServicesParts
}

/** The roles of this process. */
export interface Roles {
  readonly serving: OpenServing | undefined
  readonly sequencing: Sequencing | undefined
  readonly stopped: StoppedPartitions
}

export function runningOf(made: Made, onForgetful: () => void): Running {
  const { config, log, closers } = made
  const environment = nodeEnvironment
  const processId = environment.randomId()
  const fatal = new FatalSignal()
  const parts: ServicesParts = {
    config,
    environment,
    log,
    closers,
    onTrouble: createTroubleLog(log, environment),
    onFatal(error) {
      log.fatal({ ...labelsOfError(error), err: error }, 'this process must not go on')
      fatal.raise(error)
    },
    onForgetful,
  }
  return {
    ...made,
    processId,
    fatal,
    metrics: createMetrics(),
    traces: createTraces(randomHex),
    steps: createStepLog(log, processId),
    parts,
  }
}
