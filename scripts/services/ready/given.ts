import { connect } from 'node:net'
import type { ServiceAddresses, ServiceName } from '../addresses.js'
import { ServiceFailed } from '../run/failure.js'

const withinMs = 5_000
const standardPorts: Readonly<Record<string, number>> = {
  'redis:': 6379,
  'postgres:': 5432,
  'postgresql:': 5432,
}

/**
 * Each of these addresses takes connections; else throws with the variable and the address. No more is asked: who
 * may come in, and how encrypted, is between the service and its clients.
 */
export async function checkGiven<Name extends ServiceName>(
  name: Name,
  given: ServiceAddresses[Name],
  variable: string,
): Promise<void> {
  const endpoints = endpointsOf({ [name]: given })
  await Promise.all(endpoints.map((endpoint) => check(variable, endpoint)))
}

interface Endpoint {
  readonly host: string
  readonly port: number
}

function endpointsOf({ kafka, cassandra, redis, postgres }: Partial<ServiceAddresses>): Endpoint[] {
  return [
    ...(kafka?.brokers ?? []).map((address) => endpointOf(`kafka://${address}`)),
    ...(cassandra?.contactPoints ?? []).map((host) => ({ host, port: cassandra?.port ?? 0 })),
    ...(redis?.hosts ?? []).map((address) => endpointOf(`redis://${address}`)),
    ...(postgres ? [endpointOf(postgres.url)] : []),
  ]
}

function endpointOf(url: string): Endpoint {
  const { protocol, hostname, port } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  return { host, port: Number(port) || (standardPorts[protocol] ?? 0) }
}

function check(variable: string, { host, port }: Endpoint): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port })
    const fail = (why: string) => {
      socket.destroy()
      const reason = `names ${host}:${port}, where nothing answers: ${why}.`
      reject(new ServiceFailed(variable, reason))
    }
    socket.setTimeout(withinMs, () => fail(`no answer within ${withinMs / 1000} s`))
    socket.once('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message))
    socket.once('connect', () => {
      socket.destroy()
      resolve()
    })
  })
}
