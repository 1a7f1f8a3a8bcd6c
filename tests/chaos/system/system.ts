import { randomBytes } from 'node:crypto'
import { createRestClient } from '@tidings/sdk/rest'
import {
  type ClusterOptions,
  type ClusterProcess,
  type ClusterRole,
  type RunningCluster,
  startCluster,
} from '../../../scripts/cluster/index.js'
import type { RunningServices } from '../../../scripts/services/index.js'
import { TcpProxy } from '../../../scripts/services/proxy/tcp-proxy.js'
import { until } from '../wait.js'

type Everything = { kafka: 3; cassandra: 3; redis: 'single'; postgres: true }

/** What is broken: a whole cluster over three brokers and three nodes, every way in it through a proxy. */
export interface System {
  /** Where clients connect. */
  readonly url: string
  /** The name before everything that the cluster has in its services. */
  readonly name: string
  readonly services: RunningServices<Everything>
  readonly processes: readonly ClusterProcess[]
  /** The way between clients and the load balancer. */
  readonly clients: TcpProxy
  tokenFor(userId: string): string
  of(role: ClusterRole): readonly ClusterProcess[]
  /** Makes channels with these members. */
  populate(channelIds: readonly string[], userIds: readonly string[]): Promise<void>
  close(): Promise<void>
}

export interface SystemOptions {
  readonly from: NonNullable<ClusterOptions['from']>
  readonly onProgress?: (line: string) => void
}

const DAY_MS = 24 * 60 * 60 * 1_000
const MEMBERS_AT_ONCE = 4
/** Else what is measured is how long a sender waits for its turn, and not how long a fault keeps it waiting. */
const NO_LIMIT_REACHED = { frameRatePerS: 1_000, sendRatePerS: 100, channelRatePerS: 1_000 }
const ANSWERED_WITHIN_MS = 60_000

export async function openSystem({ from, onProgress }: SystemOptions): Promise<System> {
  const name = `chaos${randomBytes(5).toString('hex')}`
  const cluster = await startCluster(
    {
      name,
      from,
      store: 'cassandra',
      wanted: { kafka: 3, cassandra: 3, redis: 'single' },
      proxied: true,
      api: 2,
      gateways: 3,
      sequencers: 2,
      settings: { logLevel: 'info', ...NO_LIMIT_REACHED },
    },
    { ...(onProgress && { onProgress }) },
  )
  try {
    const clients = await TcpProxy.open('127.0.0.1', 0, new URL(cluster.url).host)
    return {
      url: `http://${clients.address}`,
      name,
      services: cluster.services as unknown as RunningServices<Everything>,
      processes: cluster.processes,
      clients,
      tokenFor: (userId) => cluster.tokenFor(userId, DAY_MS),
      of: (role) => cluster.processes.filter((process) => process.role === role),
      populate: (channelIds, userIds) => populate(cluster, channelIds, userIds),
      async close() {
        await clients.close()
        await cluster.close()
      },
    }
  } catch (error) {
    await cluster.close()
    throw error
  }
}

async function populate(
  { url, serverKey }: RunningCluster,
  channelIds: readonly string[],
  userIds: readonly string[],
): Promise<void> {
  const platform = createRestClient({ url: `${url}/v1`, getToken: () => serverKey })
  await again(() => platform.workspaces.put('w', {}))
  await Promise.all(
    channelIds.map(async (channelId) => {
      await again(() => platform.channels.put('w', channelId, {}))
      for (let i = 0; i < userIds.length; i += MEMBERS_AT_ONCE) {
        const some = userIds.slice(i, i + MEMBERS_AT_ONCE)
        const put = (userId: string) => again(() => platform.channels.putMember(channelId, userId))
        await Promise.all(some.map(put))
      }
    }),
  )
}

/** On a machine that is slow the load balancer may take every api process for dead, for a moment. */
async function again(request: () => Promise<unknown>): Promise<void> {
  let refused: unknown
  await until('a request to be answered', ANSWERED_WITHIN_MS, async () => {
    refused = undefined
    await request().catch((error: unknown) => {
      if ((error as { code?: unknown }).code === 'unavailable') throw error
      refused = error
    })
    return true
  })
  if (refused !== undefined) throw refused
}
