import { setTimeout as delay } from 'node:timers/promises'
import type { ClusterProcess } from '../options.js'
import { type Counters, lookAt } from './look.js'
import { type Row, rowOf, totalOf } from './rows.js'
import { lineOf, summaryOf, tableOf } from './table.js'

export interface StatusOptions {
  /** What has ended is started again. @default false */
  readonly restart?: boolean
  /** @default the standard output */
  readonly output?: Output
  /** @default 1,000 */
  readonly everyMs?: number
}

/** A terminal, or something that takes lines. */
export interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export interface Status {
  close(): Promise<void>
}

const summaryEveryMs = 30_000

/** Shows again and again how a cluster is: a table in a terminal, elsewhere a line for each change. */
export function showStatus(
  processes: readonly ClusterProcess[],
  { restart = false, output = process.stdout, everyMs = 1_000 }: StatusOptions = {},
): Status {
  const stopping = new AbortController()
  const draw = output.isTTY ? drawTable(output) : printChanges(output)
  const before = new Map<string, Counters>()
  const restarting = new Set<string>()

  async function look(): Promise<void> {
    const looks = await Promise.all(processes.map(lookAt))
    const rows = looks.map((seen, index) => {
      const process = processes[index] as ClusterProcess
      const row = rowOf(process, seen, before.get(process.name))
      if (seen.counters === undefined) before.delete(process.name)
      else before.set(process.name, seen.counters)
      return restarting.has(process.name) ? { ...row, state: 'starting again' } : row
    })
    if (!stopping.signal.aborted) draw(rows, totalOf(rows, looks))
  }

  function startAgain(process: ClusterProcess): void {
    if (process.isRunning || restarting.has(process.name)) return
    restarting.add(process.name)
    // What does not come up is seen to be ended, and is tried again.
    void process
      .restart()
      .catch(() => undefined)
      .finally(() => restarting.delete(process.name))
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      await look()
      await delay(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (restart && !stopping.signal.aborted) processes.forEach(startAgain)
    }
  }

  const looping = loop()
  return {
    async close() {
      stopping.abort()
      await looping
    },
  }
}

type Draw = (rows: readonly Row[], total: Row) => void

/** Over what it drew before. */
function drawTable(output: Output): Draw {
  let drawn = 0
  return (rows, total) => {
    const lines = tableOf([...rows, total], (output.columns ?? 80) - 1)
    const back = drawn > 0 ? `\u001b[${drawn}A\u001b[J` : ''
    output.write(`${back}${lines.join('\n')}\n`)
    drawn = lines.length
  }
}

function printChanges(output: Output): Draw {
  const told = new Map<string, string>()
  let summaryAtMs = Number.NEGATIVE_INFINITY
  return (rows, total) => {
    const changes = rows
      .map(lineOf)
      .filter((line, index) => line !== told.get(rows[index]?.name ?? ''))
    rows.forEach((row) => {
      told.set(row.name, lineOf(row))
    })
    for (const line of changes) output.write(`${line}\n`)
    const now = performance.now()
    if (changes.length === 0 && now - summaryAtMs < summaryEveryMs) return
    summaryAtMs = now
    output.write(`${summaryOf(total)}\n`)
  }
}
