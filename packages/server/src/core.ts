import { createAcceptance } from './acceptance/acceptance.js'
import type { Hooks } from './acceptance/hooks.js'
import type { AcceptanceOptions } from './acceptance/options.js'
import type { Acceptance } from './acceptance/port.js'
import { createSnowflakes } from './acceptance/snowflake.js'
import type { Authenticator } from './auth/port.js'
import { createFanOut } from './fan-out/fan-out.js'
import { createInbox } from './fan-out/inbox.js'
import { createGateway, type Gateway } from './gateway/gateway.js'
import type { GatewayMetrics } from './gateway/metrics.js'
import type { GatewayOptions } from './gateway/options.js'
import { createMembershipChanges } from './membership/changes.js'
import { createMembershipCache } from './membership/membership-cache.js'
import { type ChannelOperations, createChannelOperations } from './operations/channels.js'
import { createHistoryOperations, type HistoryOperations } from './operations/history.js'
import { createMessageOperations, type MessageOperations } from './operations/messages.js'
import { createSessionOperations, type SessionOperations } from './operations/sessions.js'
import { createWorkspaceOperations, type WorkspaceOperations } from './operations/workspaces.js'
import type { CommandLog, LogSubscription } from './ports/command-log.js'
import type { Directory } from './ports/directory.js'
import type { ServerEnvironment } from './ports/environment.js'
import type { NodeLease, RateLimiter, TokenRevocation } from './ports/limits.js'
import type { MessageStore } from './ports/message-store.js'
import type { PushBus } from './ports/push.js'
import type { Routes } from './ports/routes.js'
import { createRelay } from './relay/relay.js'
import { createSequencer, type SequencerOptions } from './sequencer/index.js'

/** Everything the roles stand on: one adapter for each port. */
export interface CorePorts {
  readonly environment: ServerEnvironment
  readonly log: CommandLog
  readonly store: MessageStore
  readonly directory: Directory
  readonly bus: PushBus
  readonly routes: Routes
  readonly limiter: RateLimiter
  readonly revocation: TokenRevocation
  readonly lease: NodeLease
  readonly authenticator: Authenticator
}

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
  /** Something was waited out or heals by itself: for the log. */
  readonly onTrouble?: (where: string, error: unknown) => void
  /** This process must not go on (R3, R11). */
  readonly onFatal?: (error: Error) => void
}

/** The roles of one process, wired over the ports; it knows no adapter, and the simulator runs it as it is. */
export interface Core {
  readonly gateway: Gateway
  readonly acceptance: Acceptance
  readonly workspaces: WorkspaceOperations
  readonly channels: ChannelOperations
  readonly messages: MessageOperations
  readonly history: HistoryOperations
  readonly sessions: SessionOperations
  /** Makes ids that nobody else makes; throws when the node's lease is over. */
  readonly nextId: () => string
  /** Begins to fold and to serve. */
  start(): Promise<void>
  /** Sends clients away, paced, then folds what was accepted, then ends everything it began. */
  close(options?: { readonly drainTimeoutMs?: number }): Promise<void>
}

export function createCore(ports: CorePorts, options: CoreOptions): Core {
  const { environment, log, store, directory, bus, routes } = ports
  const { processId, hooks = {} } = options
  const trouble = (where: string) => (error: unknown) => options.onTrouble?.(where, error)

  const snowflakes = createSnowflakes(environment, ports.lease)
  const nextId = (): string => {
    const id = snowflakes.next()
    if (id === undefined) throw new Error('the lease of the node number is over')
    return id
  }
  const memberships = createMembershipCache(directory)
  const acceptance = createAcceptance(
    {
      environment,
      log,
      limiter: ports.limiter,
      ids: snowflakes,
      memberships,
      directory,
      hooks,
      onHookFailed: (hook, error) => options.onTrouble?.(`hook ${hook}`, error),
      onError: trouble('acceptance'),
    },
    options.acceptance,
  )
  const inbox = createInbox()
  const gateway = createGateway(
    {
      environment,
      processId,
      acceptance,
      authenticator: ports.authenticator,
      revocation: ports.revocation,
      memberships,
      directory,
      store,
      routes,
      nextId,
      onError: (error, doing) => options.onTrouble?.(`gateway, ${doing}`, error),
      ...(options.gatewayMetrics !== undefined && { metrics: options.gatewayMetrics }),
      ...(options.memoryUsed !== undefined && { memoryUsed: options.memoryUsed }),
    },
    options.gateway,
  )
  inbox.attach(gateway)
  const unregister = bus.register(processId, inbox)
  const relay = createRelay({
    environment,
    directory,
    log,
    inbox,
    processId,
    onError: trouble('relay'),
  })
  const fanOut = createFanOut({
    environment,
    bus,
    routes,
    onPushFailed: (to, error) => options.onTrouble?.(`push to ${to}`, error),
    ...(hooks.afterStored !== undefined && {
      afterStored: tellAfterStored(hooks.afterStored, trouble('hook afterStored')),
    }),
  })
  const sequencer = createSequencer({
    store,
    environment,
    announcer: fanOut,
    ...(options.commitLagMs !== undefined && { commitLagMs: options.commitLagMs }),
    ...(options.maxBatchRecords !== undefined && { maxBatchRecords: options.maxBatchRecords }),
    ...(options.onBatch !== undefined && { onBatch: options.onBatch }),
    onAlarm: (_partition, alarm) => options.onFatal?.(alarm),
    onUnknown: (_partition, error) => options.onFatal?.(error),
    onTrouble: (partition, error) => options.onTrouble?.(`partition ${partition}`, error),
  })

  const sources = { directory, cache: memberships, memberships }
  const changes = createMembershipChanges({ directory, cache: memberships, relay, bus })
  let subscription: LogSubscription | undefined
  const messages = createMessageOperations({
    ...sources,
    environment,
    acceptance,
    inbox,
    processId,
    nextId,
    ackTimeoutMs: options.ackTimeoutMs ?? 10_000,
  })

  return {
    gateway,
    acceptance,
    workspaces: createWorkspaceOperations({ ...sources, changes, nextId }),
    channels: createChannelOperations({ ...sources, store, changes, nextId }),
    messages,
    history: createHistoryOperations({ ...sources, store }),
    sessions: createSessionOperations({ environment, bus, revocation: ports.revocation }),
    nextId,
    async start() {
      subscription = await log.read(sequencer)
      await gateway.start()
    },
    async close({ drainTimeoutMs = 0 } = {}) {
      await gateway.drain({ timeoutMs: drainTimeoutMs })
      await relay.close()
      await log.close()
      await subscription?.close()
      await fanOut.close()
      messages.close()
      unregister()
      await gateway.close()
    },
  }
}

/** Most batches of events that wait for the hook; beyond it the oldest are left out and reported (I7). */
const AFTER_STORED_MAX = 10_000

/** Calls the hook one batch after the other, without holding anybody up. */
function tellAfterStored(
  hook: NonNullable<Hooks['afterStored']>,
  onError: (error: unknown) => void,
): NonNullable<Hooks['afterStored']> {
  const waiting: Parameters<typeof hook>[0][] = []
  let running = false
  async function run(): Promise<void> {
    running = true
    for (let events = waiting.shift(); events !== undefined; events = waiting.shift()) {
      try {
        await hook(events)
      } catch (error) {
        onError(error)
      }
    }
    running = false
  }
  return (events) => {
    if (waiting.length >= AFTER_STORED_MAX) {
      waiting.shift()
      onError(new Error('afterStored is too slow: the oldest events were left out'))
    }
    waiting.push(events)
    if (!running) void run()
  }
}
