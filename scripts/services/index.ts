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
import type {
  CassandraService,
  KafkaService,
  PostgresService,
  RedisService,
  ServiceName,
} from './addresses.js'
import { startCassandra } from './native/cassandra.js'
import { startKafka } from './native/kafka.js'
import { startPostgres } from './native/postgres.js'
import { startRedis } from './native/redis.js'
import { type Progress, Run } from './run/run.js'
import type { ServicesWanted } from './wanted.js'

export type * from './addresses.js'
export { ServiceFailed } from './run/failure.js'
export type { ServiceNode } from './run/node.js'
export type { Progress } from './run/run.js'
export type { ServicesWanted, ServiceWord } from './wanted.js'
export { parseWanted, serviceWords } from './wanted.js'

interface Services {
  readonly kafka: KafkaService
  readonly cassandra: CassandraService
  readonly redis: RedisService
  readonly postgres: PostgresService
}

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
}

/**
 * Starts what is wanted, all at the same time. Throws `ServiceFailed`, which names the service and shows
 * the end of its log, after everything else that was started is gone.
 */
export async function startServices<const Wanted extends ServicesWanted>(
  wanted: Wanted,
  { onProgress }: StartOptions = {},
): Promise<RunningServices<Wanted>> {
  const run = await Run.begin(onProgress)
  const close = () => run.close()
  try {
    const started = await Promise.all(
      Object.entries(starters).map(
        async ([name, start]) => [name, await start(run, wanted)] as const,
      ),
    )
    const running = Object.fromEntries(started.filter(([, service]) => service !== undefined))
    return { ...running, close } as RunningServices<Wanted>
  } catch (error) {
    await close()
    throw error
  }
}

const starters: Readonly<
  Record<ServiceName, (run: Run, wanted: ServicesWanted) => Promise<unknown> | undefined>
> = {
  kafka: (run, { kafka }) => kafka && startKafka(run, kafka),
  cassandra: (run, { cassandra }) => cassandra && startCassandra(run, cassandra),
  redis: (run, { redis }) => redis && startRedis(run),
  postgres: (run, { postgres }) => postgres && startPostgres(run),
}
