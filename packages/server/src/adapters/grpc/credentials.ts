import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import {
  ChannelCredentials,
  Metadata,
  ServerCredentials,
  type ServerErrorResponse,
  status,
} from '@grpc/grpc-js'

/** How processes of one cluster know each other. Both may be used together. */
export interface BusSecurity {
  /** Known to every process of the cluster; goes with each call, so without `tls` it can be read on the way. */
  readonly secret?: string | undefined
  /** Mutual TLS: PEM. Certificates must name the advertised addresses. */
  readonly tls?: { readonly ca: Buffer; readonly cert: Buffer; readonly key: Buffer } | undefined
}

/** The bus may not listen as it was told to: one sentence, and what to do. */
export class BusListenError extends Error {
  override readonly name = 'BusListenError'
  constructor(
    message: string,
    readonly remedy: string,
    cause?: unknown,
  ) {
    super(message, { cause })
  }
}

const SECRET_KEY = 'tidings-secret'
export const PROCESS_KEY = 'tidings-process'

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))

/** Deny by default: whoever may push can show users what was never said. Throws BusListenError. */
export function requireSecurity(host: string, { secret, tls }: BusSecurity): void {
  if (secret !== undefined || tls !== undefined || isLoopback(host)) return
  throw new BusListenError(
    `The bus would listen on ${host} without knowing who may push.`,
    'Set busSecret, or busTlsCa, busTlsCert and busTlsKey, or listen on 127.0.0.1.',
  )
}

export function serverCredentials({ tls }: BusSecurity): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure()
  const { ca, cert, key } = tls
  return ServerCredentials.createSsl(ca, [{ cert_chain: cert, private_key: key }], true)
}

export function clientCredentials({ tls }: BusSecurity): ChannelCredentials {
  if (tls === undefined) return ChannelCredentials.createInsecure()
  return ChannelCredentials.createSsl(tls.ca, tls.key, tls.cert)
}

/** What each call to a process carries. */
export function callMetadata({ secret }: BusSecurity, processId: string): Metadata {
  const metadata = new Metadata()
  metadata.set(PROCESS_KEY, encodeURIComponent(processId))
  if (secret !== undefined) metadata.set(SECRET_KEY, digestOf(secret).toString('base64url'))
  return metadata
}

/** Why a call is not served; undefined: it is. Takes as long whatever the secret is. */
export function refusal(
  { secret }: BusSecurity,
  metadata: Metadata,
): Partial<ServerErrorResponse> | undefined {
  if (secret === undefined) return undefined
  const given = Buffer.from(String(metadata.get(SECRET_KEY)[0] ?? ''), 'base64url')
  const wanted = digestOf(secret)
  if (given.length === wanted.length && timingSafeEqual(given, wanted)) return undefined
  return { code: status.UNAUTHENTICATED, details: 'the secret of the bus is another one' }
}

/** Whom a call is for. */
export function processOf(metadata: Metadata): string {
  try {
    return decodeURIComponent(String(metadata.get(PROCESS_KEY)[0] ?? ''))
  } catch {
    return ''
  }
}

/** The secret itself never leaves the process, nor may it hold what a header cannot carry. */
const digestOf = (secret: string): Buffer =>
  createHash('sha256').update(`tidings bus v1\n${secret}`).digest()
