/**
 * The real services that tests, benches and examples need:
 *
 *     const services = await startServices({ kafka: 3, cassandra: 1, redis: 'single', postgres: true })
 *     services.kafka.brokers            // ['127.0.0.1:15001', …]
 *     await services.kafka.nodes[0]?.kill()
 *     await services.close()
 *
 * Ports are free ones, data is in a temporary folder, and nothing outlives the process that started them,
 * however it ends.
 */
import type { ServiceName } from './addresses.js'
import { isDockerRunning } from './compose/docker.js'
import { checkGiven } from './ready/given.js'
import { ServiceFailed } from './run/failure.js'
import { type Progress, Run } from './run/run.js'
import type { Secured } from './run/secured.js'
import { docker } from './sources/docker.js'
import { givenAddresses, variableOf } from './sources/environment.js'
import { native, type Services, type Starters } from './sources/native.js'
import { type ServicesWanted, serviceNames } from './wanted.js'

export type * from './addresses.js'
export type { Route } from './balancer/routes.js'
export { type LoadBalancer, type LoadBalancerWanted, startLoadBalancer } from './balancer/start.js'
export type { Network, PeerNetworks } from './proxy/network.js'
export type { TcpProxy } from './proxy/tcp-proxy.js'
export type { ServiceNode } from './run/node.js'
export type { Progress } from './run/run.js'
export type { Secured } from './run/secured.js'
export { toEnvironment } from './sources/environment.js'
export type { ServicesWanted, ServiceWord } from './wanted.js'
export { parseWanted, serviceWords } from './wanted.js'
export { ServiceFailed }

/** Exactly the services that were wanted, and how to end them. */
export type RunningServices<Wanted extends ServicesWanted = ServicesWanted> = {
  readonly [Name in ServiceName & keyof Wanted]: Services[Name]
} & {
  /** Stops everything and removes all data. May be called again. */
  close(): Promise<void>
}

export interface StartOptions {
  /** Told in one line what is being installed, fetched and started, and how long it took. */
  readonly onProgress?: Progress
  /** Clients reach every node through `node.network`, which can be cut and slowed; started natively then. */
  readonly proxied?: boolean
  /** They take encrypted connections too, where their `secured` says; started natively then. */
  readonly secured?: Secured
  /** Told the run's temporary folder before anything starts in it. */
  readonly onFolder?: (folder: string) => Promise<void>
  /** @default process.env */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/**
 * Has each service that is wanted, all at the same time, from the first of: an address in the environment,
 * Docker Compose, processes of this machine. `TIDINGS_SERVICES` set to `docker` or `native` leaves no choice.
 * Throws `ServiceFailed`, which names the service and shows the end of its log, after everything else that
 * was started is gone.
 */
export async function startServices<const Wanted extends ServicesWanted>(
  wanted: Wanted,
  { onProgress, onFolder, proxied, secured, environment = process.env }: StartOptions = {},
): Promise<RunningServices<Wanted>> {
  const run = await Run.begin({ onProgress, proxied, secured })
  const close = () => run.close()
  try {
    await onFolder?.(run.folder)
    const isOurs = proxied === true || secured !== undefined
    const starters = isOurs ? native : await choose(environment.TIDINGS_SERVICES)
    const start = async (name: ServiceName) => {
      const given = isOurs ? undefined : givenAddresses(name, wanted, environment)
      if (given) {
        await checkGiven(name, given, variableOf(name, wanted))
        run.progress(`${name}: the one that the environment names`)
      }
      return [name, given ? { ...given, nodes: [] } : await starters[name](run, wanted)] as const
    }
    const names = serviceNames.filter((name) => wanted[name] !== undefined)
    const starting = names.map(start)
    const running = Object.fromEntries(await allOrNone(run, starting))
    return { ...running, close } as RunningServices<Wanted>
  } catch (error) {
    await close()
    throw error
  }
}

/** When one fails the others are ended, and awaited: they must not write into a folder that is removed. */
async function allOrNone<T>(run: Run, starting: readonly Promise<T>[]): Promise<T[]> {
  try {
    return await Promise.all(starting)
  } catch (error) {
    await run.supervisor.end()
    await Promise.allSettled(starting)
    throw error
  }
}

async function choose(named: string | undefined): Promise<Starters> {
  if (named !== undefined && named !== '' && named !== 'docker' && named !== 'native') {
    throw new ServiceFailed('TIDINGS_SERVICES', 'is set to something else than docker or native.')
  }
  return named === 'docker' || (!named && (await isDockerRunning())) ? docker : native
}
