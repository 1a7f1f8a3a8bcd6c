import { Cluster, type Redis } from 'ioredis'
import { patiently } from '../../environment/patiently.js'
import type { RedisOptions } from './options.js'

/** Redis may throw away what it holds, or is too old: `message` says what is wrong, `remedy` what to do. */
export class RedisUnsafe extends Error {
  override readonly name = 'RedisUnsafe'
  constructor(
    message: string,
    readonly remedy: string,
  ) {
    super(message)
  }
}

/** What a server says of itself; undefined where it does not. */
export interface RedisFacts {
  readonly version: string | undefined
  /** 0: no limit, so nothing is thrown away. */
  readonly maxMemoryBytes: number | undefined
  readonly policy: string | undefined
}

interface Finding {
  readonly message: string
  readonly remedy: string
  /** Nothing has to be allowed for it. */
  readonly harmless: boolean
}

const MAJOR_MIN = 7
const KEEP_ALL = 'Set maxmemory-policy to noeviction on it'
const RETRY_MS = 100

/** Reads the answer of INFO. */
export function readFacts(info: string): RedisFacts {
  const read = (name: string): string | undefined =>
    new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1]
  const limit = read('maxmemory')
  return {
    version: read('redis_version'),
    maxMemoryBytes: limit === undefined ? undefined : Number(limit),
    policy: read('maxmemory_policy'),
  }
}

/** What of a server breaks a promise, or may. `name` stands for it in the sentence. */
export function findingsOf(
  name: string,
  { version, maxMemoryBytes, policy }: RedisFacts,
): readonly Finding[] {
  const findings: Finding[] = []
  if (version !== undefined && Number.parseInt(version, 10) < MAJOR_MIN) {
    findings.push({
      message: `Redis at ${name} is ${version}; ${MAJOR_MIN}.0 is the oldest that is known to work.`,
      remedy: 'Start a newer one',
      harmless: false,
    })
  }
  if (policy === undefined) {
    findings.push({
      message: `Redis at ${name} does not say whether it throws keys away when its memory is full.`,
      remedy: 'See that its maxmemory-policy is noeviction',
      harmless: true,
    })
  } else if (policy !== 'noeviction') {
    const harmless = maxMemoryBytes === 0
    findings.push({
      message: harmless
        ? `Redis at ${name} has maxmemory-policy ${policy}: once maxmemory is set it throws away node numbers and revoked tokens that are in use.`
        : `Redis at ${name} has maxmemory-policy ${policy}: when its memory is full it throws away node numbers and revoked tokens that are in use.`,
      remedy: KEEP_ALL,
      harmless,
    })
  }
  return findings
}

/**
 * Looks at every master that takes writes. Rejects with RedisUnsafe, unless `allowUnsafe` is set: then it warns. A
 * server that lets nobody ask is warned about.
 */
export async function checkRedis(client: Redis | Cluster, options: RedisOptions): Promise<void> {
  const masters = client instanceof Cluster ? client.nodes('master') : [client]
  for (const master of masters) {
    const { host = 'the given address', port = '' } = master.options
    const facts = readFacts(await infoOf(master, options))
    for (const { message, remedy, harmless } of findingsOf(`${host}:${port}`, facts)) {
      if (harmless || options.allowUnsafe === true) options.onWarning?.(`${message} ${remedy}.`)
      else throw new RedisUnsafe(message, `${remedy}, or set allowUnsafeRedis for development.`)
    }
  }
}

/** Empty where this user may not ask. A connection that breaks is waited for as long as the start may take. */
const infoOf = (master: Redis, { environment, startTimeoutMs = 10_000 }: RedisOptions) =>
  patiently(() => master.info().catch(emptyIfRefused), {
    environment,
    forMs: startTimeoutMs,
    pauseMs: () => RETRY_MS,
  })

function emptyIfRefused(error: unknown): string {
  if (error instanceof Error && /^(NOPERM|ERR unknown command)/.test(error.message)) return ''
  throw error
}
