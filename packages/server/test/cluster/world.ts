import { createGrpcPushBus, type GrpcPushBus } from '../../src/adapters/grpc/push-bus.js'
import { createMemoryCommandLog } from '../../src/adapters/memory/command-log.js'
import { createMemoryDirectory } from '../../src/adapters/memory/directory.js'
import { createMemoryElection } from '../../src/adapters/memory/election.js'
import {
  createMemoryNodeLeases,
  createMemoryRateLimiter,
  createMemoryTokenRevocation,
} from '../../src/adapters/memory/limits.js'
import { createMemoryMessageStore } from '../../src/adapters/memory/message-store.js'
import { createMemoryProcesses } from '../../src/adapters/memory/processes.js'
import { createMemoryRoutes } from '../../src/adapters/memory/routes.js'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { randomHex } from '../../src/adapters/node/random-text.js'
import { gatewayMetrics, type Metrics, sequencingMetrics } from '../../src/observe/metrics.js'
import { createStepLog } from '../../src/observe/steps.js'
import { SERVER } from '../../src/operations/actor.js'
import type { CommandLog, LogSubscription } from '../../src/ports/command-log.js'
import type { Election } from '../../src/ports/election.js'
import type { Processes } from '../../src/ports/processes.js'
import type { PushBatch, PushBus } from '../../src/ports/push.js'
import type { Routes } from '../../src/ports/routes.js'
import type { ServingPorts } from '../../src/roles/ports.js'
import { createProcessLife } from '../../src/roles/process.js'
import { createSequencing } from '../../src/roles/sequencing.js'
import { createServing } from '../../src/roles/serving.js'
import type { RequestContext } from '../../src/stream/request-context.js'
import { createTraces } from '../../src/trace/traces.js'
import { FakeSocket } from '../gateway/socket.js'
import { captureLog } from '../support/log.js'
import { until } from '../support/wait.js'

const environment = nodeEnvironment
export type Role = 'api' | 'gateway' | 'sequencer'

/** What may be done to pushes of a process on their way; undefined: nothing. */
export type Meddle = (processId: string, batch: PushBatch) => PushBatch | undefined

/** A cluster in one test process: the services in memory, shared; between the processes real gRPC over real sockets. */
export async function createCluster(
  options: {
    readonly leaseMs?: number
    readonly logLevel?: string
    /** What all processes count, together. */
    readonly metrics?: Metrics
  } = {},
) {
  const log = createMemoryCommandLog({ environment, partitions: 4 })
  const store = createMemoryMessageStore()
  const directory = createMemoryDirectory(environment)
  const routes = createMemoryRoutes()
  const processes = createMemoryProcesses({ environment, leaseMs: options.leaseMs ?? 2_000 })
  const election = createMemoryElection()
  const leases = createMemoryNodeLeases()
  const limiter = createMemoryRateLimiter(environment)
  const revocation = createMemoryTokenRevocation(environment)
  const running = new Map<string, ClusterProcess>()
  let started = 0

  async function start(...roles: Role[]): Promise<ClusterProcess> {
    const processId = `p${++started}-${roles.join('-')}`
    const process = await startProcess(processId, roles)
    running.set(processId, process)
    return process
  }

  async function startProcess(processId: string, roles: readonly Role[]) {
    let dead = false
    let meddle: Meddle = (_, batch) => batch
    const troubles: unknown[] = []
    const captured = captureLog(options.logLevel ?? 'info')
    const steps = createStepLog(captured.log, processId)
    // what a process that is dead can no longer do
    const ownProcesses: Processes = {
      ...processes,
      async renew(entry) {
        if (dead) throw new Error('this process is dead')
        return processes.renew(entry)
      },
      leave: async (id) => (dead ? undefined : processes.leave(id)),
    }
    const grpc = await createGrpcPushBus({
      environment,
      processes: ownProcesses,
      host: '127.0.0.1',
      port: 0,
      security: { secret: 'of the cluster' },
      refreshIntervalMs: 100,
      // the machine of a test may be busy
      deadlineMs: 500,
      confirmTimeoutMs: 10_000,
      onError: (error) => troubles.push(error),
    })
    const bus: PushBus = {
      ...grpc,
      async push(to, batch) {
        const meddled = meddle(to, batch)
        if (meddled !== undefined) await grpc.push(to, meddled)
      },
    }
    const ownRoutes: Routes = {
      ...routes,
      renew: (id) => ownProcesses.renew({ processId: id, address: grpc.address }),
      leave: async (id) => (dead ? undefined : routes.leave(id)),
    }
    const subscriptions = new Set<LogSubscription>()
    const ports: ServingPorts = {
      environment,
      log: ofProcess(log, subscriptions),
      store,
      directory,
      bus,
      routes: ownRoutes,
      limiter,
      revocation,
      lease: await leases.acquire(),
      authenticator: { authenticate: async (token) => ({ userId: token }) },
      election: election as Election,
    }
    const off = { perSecond: 0, burst: 1 }
    const onTrouble = (where: string, error: unknown) => troubles.push([where, error])
    const serving =
      roles.includes('api') || roles.includes('gateway')
        ? createServing(ports, {
            processId,
            servesSockets: roles.includes('gateway'),
            isShared: true,
            acceptance: { userRate: off, channelRate: off },
            gateway: { headsIntervalMs: 1_000 },
            ...(options.metrics && { gatewayMetrics: gatewayMetrics(options.metrics) }),
            traces: createTraces(randomHex),
            steps,
            onTrouble,
          })
        : undefined
    const sequencing = roles.includes('sequencer')
      ? createSequencing(ports, {
          commitLagMs: 100,
          lookupTimeoutMs: 50,
          ...(options.metrics && sequencingMetrics(options.metrics)),
          steps,
          onTrouble,
        })
      : undefined
    const life = createProcessLife({ log: ports.log, serving, sequencing })
    await life.start()

    return {
      processId,
      bus: grpc as GrpcPushBus,
      troubles,
      captured,
      ports,
      get serving() {
        if (serving === undefined) throw new Error('this process serves nobody')
        return serving
      },
      /** Changes or drops what this process pushes. */
      meddle(with_: Meddle) {
        meddle = with_
      },
      async close() {
        running.delete(processId)
        await life.drain(200)
        await life.close()
        await grpc.close()
      },
      /** Ends without a word to anybody: still listed, its routes still there. */
      async kill() {
        running.delete(processId)
        dead = true
        await grpc.close()
        await Promise.all([...subscriptions].map((subscription) => subscription.close()))
        await sequencing?.close()
        await serving?.resign()
        await serving?.close()
      },
      /** A session that is greeted. */
      async connect(userId: string): Promise<FakeSocket> {
        const socket = new FakeSocket()
        socket.listener = this.serving.gateway.accept(socket, {
          remoteAddress: '10.0.0.1',
          origin: undefined,
          token: userId,
        })
        socket.say({ type: 'hello', device_id: 'd1', last_seq_map: {} })
        await until(`${userId} is greeted`, () => socket.received('hello_ack').length > 0)
        return socket
      },
      /** Sends as over REST; resolves to the ack. */
      send(
        channelId: string,
        userId: string,
        text: string,
        request: RequestContext = { requestId: 'q' },
      ) {
        return this.serving.messages.submit(
          { kind: 'user', userId },
          undefined,
          { type: 'message.send', channel_id: channelId, text } as never,
          request,
        )
      },
      /** A channel with members. */
      async members(channelId: string, ...userIds: string[]) {
        const { workspaces, channels } = this.serving
        await workspaces.put(SERVER, 'w1')
        await channels.put(SERVER, 'w1', channelId, { kind: 'public' })
        for (const userId of userIds) {
          await channels.putMember(SERVER, channelId, userId, { role: 'member' })
        }
      },
      remove(channelId: string, userId: string) {
        return this.serving.channels.removeMember(SERVER, channelId, userId, false)
      },
    }
  }
  type ClusterProcess = Awaited<ReturnType<typeof startProcess>>

  return {
    start,
    processes,
    routes,
    async end() {
      for (const process of [...running.values()].reverse()) await process.close()
      await log.close()
    },
  }
}
export type Cluster = Awaited<ReturnType<typeof createCluster>>

/** The log as one process has it: closing it ends what this process reads, not the log. */
function ofProcess(log: CommandLog, subscriptions: Set<LogSubscription>): CommandLog {
  return {
    ...log,
    async read(reader) {
      const subscription = await log.read(reader)
      subscriptions.add(subscription)
      return subscription
    },
    async close() {
      await Promise.all([...subscriptions].map((subscription) => subscription.close()))
    },
  }
}

/** The numbers of a channel's events that a socket was shown, in the order in which it was. */
export const seqsOf = (socket: FakeSocket, channelId: string): number[] =>
  socket
    .received()
    .filter((envelope) => envelope.channel_id === channelId && 'channel_seq' in envelope)
    .filter((envelope) => envelope.type !== 'message.ack')
    .map((envelope) => envelope.channel_seq)
