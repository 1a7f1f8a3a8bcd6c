import { parseArgs } from 'node:util'
import type { Fault } from '../faults/fault.js'

/** What `npm run chaos` was asked for. */
export type Wanted =
  | { readonly what: 'help' }
  | { readonly what: 'list' }
  | {
      readonly what: 'run'
      /** Undefined: each fault once. */
      readonly minutes?: number
      readonly seed: number
      readonly faults: readonly Fault[]
      readonly clients: number
      readonly channels: number
      readonly from: 'build' | 'source'
      readonly out: string
    }

/** The command line asks for something that there is not; the message says what there is. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export const options = {
  minutes: { type: 'string' },
  seed: { type: 'string' },
  faults: { type: 'string' },
  clients: { type: 'string', default: '20' },
  channels: { type: 'string', default: '6' },
  from: { type: 'string', default: 'build' },
  out: { type: 'string', default: '.reports/chaos' },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const MAX_SEED = 2 ** 32 - 1

/** Reads the command line. Throws UsageError with one sentence. */
export function readArguments(
  args: readonly string[],
  all: readonly Fault[],
  newSeed: () => number,
): Wanted {
  const values = parse(args)
  if (values.help) return { what: 'help' }
  if (values.list) return { what: 'list' }
  const { minutes, seed, faults, clients, channels, from, out } = values
  if (from !== 'build' && from !== 'source') {
    throw new UsageError(`--from must be build or source, not “${from}”.`)
  }
  if (out === '') throw new UsageError('--out must be the name of a folder.')
  return {
    what: 'run',
    ...(minutes !== undefined && { minutes: number('minutes', minutes, 1, 100_000) }),
    seed: seed === undefined ? newSeed() : number('seed', seed, 0, MAX_SEED),
    faults: faults === undefined ? all : named(faults, all),
    clients: number('clients', clients, 2, 1_000),
    channels: number('channels', channels, 1, 1_000),
    from,
    out,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    const [sentence] = (error as Error).message.split('. ')
    throw new UsageError(`${sentence}. See npm run chaos -- --help.`)
  }
}

function number(name: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new UsageError(`--${name} must be a number from ${least} to ${most}, not “${text}”.`)
}

function named(text: string, all: readonly Fault[]): readonly Fault[] {
  return text.split(',').map((name) => {
    const fault = all.find((one) => one.name === name.trim())
    if (fault !== undefined) return fault
    throw new UsageError(`“${name.trim()}” is no fault: npm run chaos -- --list shows all.`)
  })
}
