import type { ClusterProcess } from '../options.js'
import { readExposition, sumOf } from './exposition.js'

const askTimeoutMs = 1_500

/** What a process counts since it began; rates are made of two of these. */
export interface Counters {
  readonly atMs: number
  readonly accepted: number
  readonly stored: number
  readonly shown: number
  readonly cpuSeconds: number
}

/** A process as it is seen from outside. */
export interface Look {
  /** `ready`, what it says is wrong, `no answer`, or how it ended. */
  readonly state: string
  readonly partitions: readonly number[]
  /** Commands in the log that are not committed yet, by partition, as this process sees it. */
  readonly lag: ReadonlyMap<number, number>
  readonly connections: number
  readonly memoryBytes: number
  readonly counters: Counters | undefined
}

const nothing = {
  partitions: [],
  lag: new Map(),
  connections: 0,
  memoryBytes: 0,
  counters: undefined,
} as const

/** Asks a process how it is. Never rejects. */
export async function lookAt(process: ClusterProcess): Promise<Look> {
  if (!process.isRunning) return { ...nothing, state: `ended: ${process.ended}` }
  try {
    const [state, counted] = await Promise.all([
      askReady(process.url),
      ask(`${process.url}/metrics`).then((answer) => answer.text()),
    ])
    return { ...nothing, ...read(counted), state }
  } catch {
    return { ...nothing, state: process.isRunning ? 'no answer' : `ended: ${process.ended}` }
  }
}

const ask = (url: string) => fetch(url, { signal: AbortSignal.timeout(askTimeoutMs) })

async function askReady(url: string): Promise<string> {
  const answer = await ask(`${url}/readyz`)
  const { checks = {} } = (await answer.json()) as { checks?: Record<string, string> }
  const wrong = Object.keys(checks).filter((name) => checks[name] !== 'ok')
  if (wrong.length === 0) return 'ready'
  return `${answer.ok ? 'without' : 'not ready:'} ${wrong.join(', ')}`
}

function read(text: string): Partial<Look> {
  const samples = readExposition(text)
  const sum = (name: string, label?: Record<string, string>) => sumOf(samples, name, label)
  const partitionOf = ({ labels }: (typeof samples)[number]) => Number(labels.partition)
  const named = (name: string) => samples.filter((sample) => sample.name === name)
  return {
    partitions: named('tidings_log_partition_held')
      .map(partitionOf)
      .sort((a, b) => a - b),
    lag: new Map(named('tidings_log_lag').map((sample) => [partitionOf(sample), sample.value])),
    connections: sum('tidings_connections'),
    memoryBytes: sum('tidings_process_resident_memory_bytes'),
    counters: {
      atMs: performance.now(),
      accepted: sum('tidings_append_seconds_count'),
      stored: sum('tidings_commands_total', { result: 'events' }),
      shown: sum('tidings_deliveries_total'),
      cpuSeconds: sum('tidings_process_cpu_seconds_total'),
    },
  }
}
