import { createAcceptance } from '../acceptance/acceptance.js'
import type { Hooks } from '../acceptance/hooks.js'
import type { AcceptanceOptions } from '../acceptance/options.js'
import type { Acceptance } from '../acceptance/port.js'
import { createSnowflakes } from '../acceptance/snowflake.js'
import { createEphemeralOut } from '../ephemeral/outbound.js'
import { createInbox } from '../fan-out/inbox.js'
import { createGateway, type Gateway } from '../gateway/gateway.js'
import type { GatewayMetrics } from '../gateway/metrics.js'
import type { GatewayOptions } from '../gateway/options.js'
import { createMembershipChanges, membershipsIn } from '../membership/changes.js'
import { droppedEverywhere } from '../membership/everywhere.js'
import { createMembershipCache } from '../membership/membership-cache.js'
import { OperationError } from '../operations/actor.js'
import { createChannelOperations } from '../operations/channels.js'
import { createHistoryOperations } from '../operations/history.js'
import { createMessageOperations } from '../operations/messages.js'
import type { Operations } from '../operations/operations.js'
import { createPresenceOperations } from '../operations/presence.js'
import { createReceiptOperations } from '../operations/receipts.js'
import { createSessionOperations } from '../operations/sessions.js'
import { createWorkspaceOperations } from '../operations/workspaces.js'
import { createRelay, type RelayOptions } from '../relay/relay.js'
import type { StepLog } from '../trace/steps.js'
import type { Traces } from '../trace/traces.js'
import type { OnTrouble, ServingPorts } from './ports.js'
import { createProcessLease } from './process-lease.js'

export interface ServingOptions {
  /** This process on the push bus. */
  readonly processId: string
  /** True if sockets are served: the role `gateway`. */
  readonly servesSockets: boolean
  /** R13: true if other processes may change memberships, so that what is kept counts only under a lease. */
  readonly isShared: boolean
  readonly hooks?: Hooks
  readonly acceptance?: AcceptanceOptions
  readonly gateway?: GatewayOptions
  readonly gatewayMetrics?: GatewayMetrics
  /** The used part of the memory limit; above `memoryRefuseRatio` new sockets are refused. */
  readonly memoryUsed?: () => number
  readonly ackTimeoutMs?: number
  /** Changes of members and channels whose callers wait no longer until their events are stored. */
  readonly onChangesGivenUp?: RelayOptions['onGivenUp']
  /** Begins a trace for each command; left out: there are none. */
  readonly traces?: Traces | undefined
  /** Told of each step of each command in this process. */
  readonly steps?: StepLog | undefined
  readonly onTrouble?: OnTrouble
}

/** The roles `gateway` and `api`: acceptance, operations, and an inbox that gets answers. */
export interface Serving extends Operations {
  readonly gateway: Gateway
  readonly acceptance: Acceptance
  /** Resolves when it may serve. */
  start(): Promise<void>
  /** Sends clients away, paced. */
  drain(timeoutMs: number): Promise<void>
  /** Resolves when no request waits for its result; each waits at most `ackTimeoutMs`. */
  answered(): Promise<void>
  /** Brings no more directory changes into the stream; what is left another process brings, or the next start. */
  resign(): Promise<void>
  /** Nobody is answered any more; leaves the bus, and leaves no timer. */
  close(): Promise<void>
}

export function createServing(ports: ServingPorts, options: ServingOptions): Serving {
  const { environment, log, store, directory, bus, routes } = ports
  const { processId, hooks = {}, isShared } = options
  const trouble = (where: string) => (error: unknown) => options.onTrouble?.(where, error)

  const snowflakes = createSnowflakes(environment, ports.lease)
  const nextId = (): string => {
    const id = snowflakes.next()
    if (id !== undefined) return id
    const message = 'No ids can be made here now: the lease of this process’s node number is over.'
    throw new OperationError('unavailable', message, { retryAfterMs: 1_000 })
  }
  const nextRequestId = (): string => snowflakes.next() ?? environment.randomId()
  const lease = createProcessLease({
    environment,
    renew: () => routes.renew(processId),
    onRegained: () => memberships.forgetAll(),
    onError: trouble('lease'),
  })
  const memberships = createMembershipCache(
    directory,
    isShared ? { isTold: () => lease.isValid() } : {},
  )
  const acceptance = createAcceptance(
    {
      environment,
      log,
      limiter: ports.limiter,
      ids: snowflakes,
      memberships,
      directory,
      hooks,
      onHookFailed: (hook, error, request) => options.onTrouble?.(`hook ${hook}`, error, request),
      onError: trouble('acceptance'),
      steps: options.steps,
    },
    options.acceptance,
  )
  const inbox = createInbox()
  const ephemeral = createEphemeralOut({
    environment,
    bus,
    routes,
    onShed: (kind, count) => options.gatewayMetrics?.shed(kind, count),
  })
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
      ...(ports.recent !== undefined && { recent: ports.recent }),
      ...(ports.knownHeads !== undefined && { knownHeads: ports.knownHeads }),
      ephemeral,
      ...(ports.presence !== undefined && { presence: ports.presence }),
      ...(ports.receipts !== undefined && { receipts: ports.receipts }),
      nextRequestId,
      traces: options.traces,
      steps: options.steps,
      onError: (error, doing) => options.onTrouble?.(`gateway, ${doing}`, error),
      ...(options.gatewayMetrics !== undefined && { metrics: options.gatewayMetrics }),
      ...(options.memoryUsed !== undefined && { memoryUsed: options.memoryUsed }),
    },
    options.gateway,
  )
  if (options.servesSockets) inbox.attach(gateway)
  inbox.attachCache(memberships)
  const unregister = bus.register(processId, inbox)
  const relay = createRelay({
    environment,
    directory,
    log,
    inbox,
    processId,
    bus,
    traces: options.traces,
    election: ports.election,
    notices: ports.outboxNotices,
    ...(options.onChangesGivenUp !== undefined && { onGivenUp: options.onChangesGivenUp }),
    onUnasked(entry) {
      const touched = membershipsIn([entry])
      if (touched.length > 0) cache.invalidate(touched).catch(trouble('relay'))
    },
    onError: trouble('relay'),
  })
  inbox.attachRelay(relay)

  const sources = { directory, cache: memberships, memberships }
  const cache = isShared ? droppedEverywhere(memberships, bus, processId) : memberships
  const changes = createMembershipChanges({ directory, cache, relay, bus, store })
  const messages = createMessageOperations({
    ...sources,
    environment,
    acceptance,
    inbox,
    processId,
    nextRequestId,
    ackTimeoutMs: options.ackTimeoutMs ?? 10_000,
    steps: options.steps,
  })

  return {
    gateway,
    acceptance,
    workspaces: createWorkspaceOperations({ ...sources, changes, nextId }),
    channels: createChannelOperations({ ...sources, store, changes, nextId }),
    messages,
    history: createHistoryOperations({ ...sources, store }),
    receipts: createReceiptOperations({ ...sources, store, ephemeral, receipts: ports.receipts }),
    presence: createPresenceOperations({
      ...sources,
      environment,
      ephemeral,
      presence: ports.presence,
      showLastSeen: options.gateway?.showLastSeen ?? true,
    }),
    sessions: createSessionOperations({ environment, bus, revocation: ports.revocation }),
    nextRequestId,
    async start() {
      if (isShared) await lease.start()
      if (options.servesSockets) await gateway.start()
    },
    drain: (timeoutMs) => gateway.drain({ timeoutMs }),
    answered: () => messages.answered(),
    resign: () => relay.close(),
    async close() {
      messages.close()
      unregister()
      lease.stop()
      await gateway.close()
      ephemeral.close()
    },
  }
}
