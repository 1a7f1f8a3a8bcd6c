/**
 * A cluster of Tidings on this machine: real processes over real services, behind a load balancer.
 *
 *     const cluster = await startCluster({ api: 2, gateways: 3, sequencers: 2, store: 'cassandra' })
 *     cluster.url                                  // http://127.0.0.1:15001
 *     await cluster.processes[0]?.kill()
 *     await cluster.close()
 *
 * Nothing outlives the process that started it, however it ends.
 */
import { randomBytes } from 'node:crypto'
import {
  type LoadBalancer,
  type Progress,
  type RunningServices,
  type ServicesWanted,
  startServices,
} from '../services/index.js'
import { Run } from '../services/run/run.js'
import { balance } from './front.js'
import type { ClusterOptions, ClusterRole, ClusterServices, RunningCluster } from './options.js'
import { ServerProcess } from './server-process.js'
import { type Secrets, settingsOf } from './settings.js'
import { tokenOf } from './tokens.js'

export type * from './options.js'

export interface ClusterStart {
  /** Told in one line what is being started, and how long it took. */
  readonly onProgress?: Progress
}

const hourMs = 60 * 60 * 1000

/**
 * Resolves when every process is ready and the load balancer leads to them. Rejects with `ServiceFailed`, which
 * names what did not come up and shows the end of its log, after everything that was started is gone.
 */
export async function startCluster(
  options: ClusterOptions = {},
  { onProgress = () => {} }: ClusterStart = {},
): Promise<RunningCluster> {
  const run = await Run.begin({ onProgress, proxied: options.proxied })
  let own: RunningServices | undefined
  let balancer: LoadBalancer | undefined
  // In this order: a process that has lost its services would fill its log with it.
  const close = async () => {
    await balancer?.close()
    await run.close()
    await own?.close()
  }
  try {
    const given = options.services
    own = given ? undefined : await startServices(wantedBy(options), { onProgress, ...options })
    const services = given ?? (own as unknown as ClusterServices)
    const secrets = newSecrets()
    const processes = await startProcesses(run, services, secrets, options)
    balancer = await balance(processes, options, onProgress)
    return {
      url: `http://${balancer.address}`,
      processes,
      services,
      serverKey: secrets.serverKey,
      tokenFor: (userId, lifeMs = hourMs) => tokenOf(secrets.authSecret, userId, lifeMs),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

const wantedBy = ({ store = 'cassandra', wanted }: ClusterOptions): ServicesWanted => ({
  kafka: wanted?.kafka ?? 1,
  redis: wanted?.redis ?? 'single',
  postgres: true,
  ...(store === 'cassandra' && { cassandra: wanted?.cassandra ?? 1 }),
})

async function startProcesses(
  run: Run,
  services: ClusterServices,
  secrets: Secrets,
  options: ClusterOptions,
): Promise<readonly ServerProcess[]> {
  const { api = 2, gateways = 3, sequencers = 2, store = 'cassandra' } = options
  const { devLogin = false, from = 'source', env = {} } = options
  const name = options.name ?? `t${randomBytes(6).toString('hex')}`
  const shared = settingsOf({ name, store, services, secrets, devLogin })
  const plan = (role: ClusterRole, count: number) =>
    Array.from({ length: count }, (_, index) => {
      const own = options.settingsOf?.(role, index + 1)
      const settings = { ...shared, ...options.settings, ...own }
      return ServerProcess.plan(run, { role, number: index + 1, from, settings, env })
    })
  const processes = await Promise.all([
    ...plan('api', api),
    ...plan('gateway', gateways),
    ...plan('sequencer', sequencers),
  ])
  await run.step(`Tidings: ${api} api, ${gateways} gateway, ${sequencers} sequencer`, () =>
    Promise.all(processes.map((process) => process.restart())),
  )
  return processes
}

function newSecrets(): Secrets {
  const secret = () => randomBytes(24).toString('hex')
  return { authSecret: secret(), busSecret: secret(), serverKey: secret() }
}
