import { parseArgs } from 'node:util'
import type { ClusterOptions, ClusterStore } from '../options.js'

/** What `npm run cluster` was asked for. */
export interface Wanted {
  readonly port: number
  readonly api: number
  readonly gateways: number
  readonly sequencers: number
  readonly store: ClusterStore
  readonly brokers: 1 | 3
  readonly nodes: 1 | 3
  readonly loadBalancer: NonNullable<ClusterOptions['loadBalancer']>
  readonly from: NonNullable<ClusterOptions['from']>
  readonly name?: string
  /** What has ended is started again. */
  readonly restart: boolean
}

/** The command line asks for something that there is not; the message says what there is. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export const options = {
  port: { type: 'string', default: '8080' },
  store: { type: 'string', default: 'cassandra' },
  brokers: { type: 'string', default: '1' },
  nodes: { type: 'string', default: '1' },
  api: { type: 'string', default: '2' },
  gateways: { type: 'string', default: '3' },
  sequencers: { type: 'string', default: '2' },
  balancer: { type: 'string', default: 'haproxy' },
  from: { type: 'string', default: 'build' },
  name: { type: 'string' },
  restart: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** Reads the command line. Throws UsageError with one sentence. */
export function readArguments(args: string[]): Wanted | 'help' {
  const values = parse(args)
  if (values.help) return 'help'
  const { name } = values
  if (name !== undefined && !/^[a-z][a-z0-9]{0,20}$/.test(name)) {
    throw new UsageError('--name must be small letters and digits, at most 21, a letter first.')
  }
  return {
    port: number('port', values.port, 1, 65_535),
    api: number('api', values.api, 1, 9),
    gateways: number('gateways', values.gateways, 1, 9),
    sequencers: number('sequencers', values.sequencers, 1, 9),
    store: oneOf('store', values.store, ['cassandra', 'postgres']),
    brokers: values.brokers === '3' ? 3 : oneOrThree('brokers', values.brokers),
    nodes: values.nodes === '3' ? 3 : oneOrThree('nodes', values.nodes),
    loadBalancer: oneOf('balancer', values.balancer, ['haproxy', 'envoy']),
    from: oneOf('from', values.from, ['build', 'source']),
    ...(name !== undefined && { name }),
    restart: values.restart,
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options }).values
  } catch (error) {
    const [sentence] = (error as Error).message.split('. ')
    throw new UsageError(`${sentence}. See npm run cluster -- --help.`)
  }
}

function number(name: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new UsageError(`--${name} must be a number from ${least} to ${most}, not “${text}”.`)
}

function oneOf<const T extends string>(name: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === text)
  if (found !== undefined) return found
  throw new UsageError(`--${name} must be ${allowed.join(' or ')}, not “${text}”.`)
}

function oneOrThree(name: string, text: string): 1 {
  oneOf(name, text, ['1', '3'])
  return 1
}
