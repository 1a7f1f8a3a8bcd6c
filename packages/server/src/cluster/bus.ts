import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import type { BusSecurity } from '../adapters/grpc/credentials.js'
import type { GrpcPushBus } from '../adapters/grpc/push-bus.js'
import { StartError } from '../compose/start-error.js'
import type { Config } from '../config/fields.js'
import type { Metrics } from '../observe/metrics.js'
import type { Processes } from '../ports/processes.js'
import type { ServicesParts } from './services.js'

export interface OpenBus {
  readonly bus: GrpcPushBus
  /** Processes that do not take pushes now. */
  readonly openCircuits: ReadonlySet<string>
}

/** The push bus of this process, listening. */
export async function openBus(
  { config, environment, closers, onTrouble }: ServicesParts,
  processes: Processes,
  metrics: Metrics,
): Promise<OpenBus> {
  const { createGrpcPushBus } = await import('../adapters/grpc/push-bus.js')
  const openCircuits = new Set<string>()
  const bus = await createGrpcPushBus({
    environment,
    processes,
    host: config.busHost,
    port: config.busPort,
    advertisedHost: config.busAdvertisedHost,
    security: await securityOf(config),
    confirmTimeoutMs: config.processLeaseMs + CONFIRM_GRACE_MS,
    onDropped: (_processId, why) => metrics.pushesDropped.inc({ why }),
    onCircuit(processId, isOpen) {
      if (isOpen) openCircuits.add(processId)
      else openCircuits.delete(processId)
      metrics.circuitsOpen.set(openCircuits.size)
    },
    onError: (error) => onTrouble('bus', error),
  })
  closers.add(() => bus.close())
  return { bus, openCircuits }
}

/** A removal may wait for a lease to end; and a little more. */
const CONFIRM_GRACE_MS = 5_000

type SecuritySettings = Partial<Pick<Config, 'busSecret' | 'busTlsCa' | 'busTlsCert' | 'busTlsKey'>>

/** Rejects with StartError where a file is none of what it is named for. */
export async function securityOf(config: SecuritySettings): Promise<BusSecurity> {
  const { busSecret: secret, busTlsCa, busTlsCert, busTlsKey } = config
  if (busTlsCa === undefined || busTlsCert === undefined || busTlsKey === undefined) {
    return { secret }
  }
  const [ca, cert, key] = await Promise.all([
    pem('busTlsCa', busTlsCa),
    pem('busTlsCert', busTlsCert),
    pem('busTlsKey', busTlsKey),
  ])
  // what is none would be passed over by TLS, and then nobody trusted
  refuseUnusable('busTlsCa', busTlsCa, () => new X509Certificate(ca))
  refuseUnusable('busTlsCert', busTlsCert, () => createSecureContext({ cert }))
  refuseUnusable('busTlsKey', busTlsKey, () => createSecureContext({ cert, key }))
  return { secret, tls: { ca, cert, key } }
}

/** What TLS alone would say of it is no sentence, and names no file. */
function refuseUnusable(field: string, path: string, use: () => unknown): void {
  try {
    use()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StartError(
      `${field} names ${path}, which cannot be used: ${reason}.`,
      'Give it in PEM, and the key that belongs to the certificate.',
      cause,
    )
  }
}

async function pem(field: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw new StartError(
      `${field} names ${path}, which cannot be read.`,
      'Correct the path, or let this user read it.',
      cause,
    )
  }
}
