import { randomBytes } from 'node:crypto'
import { createRestClient } from '@tidings/sdk/rest'
import pg from 'pg'
import { startCluster } from '../../scripts/cluster/index.js'
import { servicesOfRun } from '../support/cluster/installation.js'
import { eventsOf } from '../support/cluster/keyspace.js'
import { storeOfRun } from '../support/store-of-run.js'
import { rowOf } from './rows.js'
import type { Target, TargetOptions } from './target.js'

// here no hook's timeout counts
const services = await servicesOfRun()

/** A cluster behind a load balancer, of which gateways and sequencers are killed, at least one of each. */
export async function openCluster(options: TargetOptions): Promise<Target> {
  const name = `kill${randomBytes(6).toString('hex')}`
  const cluster = await startCluster({
    name,
    services,
    store: storeOfRun(),
    api: 1,
    gateways: 2,
    sequencers: 2,
    settings: { logLevel: 'warn', frameRatePerS: 1_000 },
  })
  const mortal = cluster.processes.filter(({ role }) => role !== 'api')
  const choose = <T>(among: readonly T[]): T => {
    const chosen = among[Math.floor(options.random() * among.length)]
    if (chosen === undefined) throw new Error('there is nothing to choose from')
    return chosen
  }
  const neverKilled = new Set(mortal.map(({ role }) => role))
  let victim = choose(mortal)

  try {
    await populate(cluster, options)
  } catch (error) {
    await cluster.close()
    throw error
  }
  return {
    url: cluster.url,
    tokenFor: (userId) => cluster.tokenFor(userId),
    // a sequencer that holds no partition yet is missed by nobody
    mustMove: true,
    async kill() {
      const left = mortal.filter(({ role }) => neverKilled.size === 0 || neverKilled.has(role))
      victim = choose(left)
      neverKilled.delete(victim.role)
      await victim.kill()
      return victim.name
    },
    revive: () => victim.restart(),
    async rows() {
      const { cassandra } = services
      if (cassandra !== undefined) {
        const events = await eventsOf({ cassandra, keyspace: name })
        return events.map((event) => rowOf({ ...event }))
      }
      const client = new pg.Client({ connectionString: services.postgres.url })
      await client.connect()
      const { rows } = await client.query(
        `SELECT channel_id, epoch, channel_seq, event FROM "${name}".events`,
      )
      await client.end()
      return rows.map(rowOf)
    },
    end: () => cluster.close(),
  }
}

async function populate(
  { url, serverKey }: { readonly url: string; readonly serverKey: string },
  { channelIds, userIds }: TargetOptions,
): Promise<void> {
  const platform = createRestClient({ url: `${url}/v1`, getToken: () => serverKey })
  await platform.workspaces.put('w', {})
  await Promise.all(
    channelIds.map(async (channelId) => {
      await platform.channels.put('w', channelId, {})
      for (const userId of userIds) await platform.channels.putMember(channelId, userId)
    }),
  )
}
