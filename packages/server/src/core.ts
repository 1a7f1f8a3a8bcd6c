import type { Hooks } from './acceptance/hooks.js'
import type { AcceptanceOptions } from './acceptance/options.js'
import type { Acceptance } from './acceptance/port.js'
import type { Gateway } from './gateway/gateway.js'
import type { GatewayMetrics } from './gateway/metrics.js'
import type { GatewayOptions } from './gateway/options.js'
import type { Operations } from './operations/operations.js'
import type { OnTrouble, ServingPorts } from './roles/ports.js'
import { createSequencing } from './roles/sequencing.js'
import { createServing, type ServingOptions } from './roles/serving.js'
import type { SequencerOptions } from './sequencer/index.js'
import type { StepLog } from './trace/steps.js'
import type { Traces } from './trace/traces.js'

/** Everything the roles stand on: one adapter for each port. */
export type CorePorts = Omit<ServingPorts, 'election'>

export interface CoreOptions {
  /** This process on the push bus. */
  readonly processId: string
  readonly hooks?: Hooks
  readonly acceptance?: AcceptanceOptions
  readonly gateway?: GatewayOptions
  readonly gatewayMetrics?: GatewayMetrics
  /** The used part of the memory limit; above `memoryRefuseRatio` new sockets are refused. */
  readonly memoryUsed?: () => number
  /** See SequencerOptions. */
  readonly commitLagMs?: number
  readonly maxBatchRecords?: number
  readonly ackTimeoutMs?: number
  readonly onBatch?: SequencerOptions['onBatch']
  /** See SequencingOptions. */
  readonly onPushFailed?: () => void
  readonly onReceiptShed?: () => void
  readonly onHookSkipped?: (events: number) => void
  /** See ServingOptions. */
  readonly onChangesGivenUp?: ServingOptions['onChangesGivenUp']
  readonly traces?: Traces | undefined
  readonly steps?: StepLog | undefined
  /** Something was waited out or heals by itself: for the log. */
  readonly onTrouble?: OnTrouble
  /** This process must not go on (R3, R11). */
  readonly onFatal?: (error: Error) => void
}

/** All roles in one process, wired over the ports; it knows no adapter, and the simulator runs it as it is. */
export interface Core extends Operations {
  readonly gateway: Gateway
  readonly acceptance: Acceptance
  /** Begins to fold and to serve. */
  start(): Promise<void>
  /** Sends clients away, paced, then folds what was accepted, then ends everything it began. */
  close(options?: ClosingOptions): Promise<void>
}

export interface ClosingOptions {
  readonly drainTimeoutMs?: number
  /** False after `onFatal`: what was accepted cannot be folded, and is not waited for. @default true */
  readonly folds?: boolean
}

export function createCore(ports: CorePorts, options: CoreOptions): Core {
  const { hooks } = options
  const serving = createServing(ports, { ...options, servesSockets: true, isShared: false })
  const sequencing = createSequencing(ports, {
    ...options,
    ...(hooks?.afterStored !== undefined && { afterStored: hooks.afterStored.bind(hooks) }),
  })
  return {
    ...serving,
    async start() {
      await sequencing.start()
      await serving.start()
    },
    async close({ drainTimeoutMs = 0, folds = true } = {}) {
      await serving.drain(drainTimeoutMs)
      await serving.resign()
      // a log that has readers waits until they have folded all
      if (!folds) await sequencing.close()
      await ports.log.close()
      if (folds) await sequencing.close()
      await serving.close()
    },
  }
}
