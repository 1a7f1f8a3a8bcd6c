import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildIfStale } from '../../../scripts/build.mjs'
import { lineOf, summaryOf } from '../report/summary.js'
import { writeReport } from '../report/write.js'
import { runFaults } from '../run.js'
import { openSystem, type System } from '../system/system.js'
import { now } from '../wait.js'
import type { Wanted } from './arguments.js'
import { plan, seeded } from './plan.js'

const CLIENT_PROCESSES = 2
const EVERY_MS = 160
const QUIET_MS = 5_000
const ROUND_MS = 4 * 60_000
const MINUTE_MS = 60_000

/** Runs what was asked for and writes the report; true when nothing was lost, doubled or out of order. */
export async function run(wanted: Extract<Wanted, { what: 'run' }>): Promise<boolean> {
  const { minutes, seed, clients, channels, from, out } = wanted
  const say = (line: string): void => console.log(`${clock()}  ${line}`)
  const random = seeded(seed)
  if (from === 'build') await buildIfStale()
  const system = await openSystem({ from, onProgress: (line) => console.log(`  ${line}`) })
  try {
    const endMs = minutes === undefined ? undefined : now() + minutes * MINUTE_MS
    say(`seed ${seed}`)
    const result = await runFaults(system, {
      next: plan(wanted.faults, random, endMs === undefined ? undefined : () => now() > endMs),
      seed,
      random,
      load: {
        channels,
        processes: CLIENT_PROCESSES,
        clientsPerProcess: Math.ceil(clients / CLIENT_PROCESSES),
        everyMs: EVERY_MS,
      },
      quietMs: QUIET_MS,
      roundMs: ROUND_MS,
      onProgress: say,
      onFault: (fault) => say(lineOf(fault)),
    })
    const report = writeReport(result, out)
    await keepLogs(system, out)
    console.log(`\n${summaryOf(result)}\n\nThe report: ${report}`)
    return (
      result.failure === undefined && result.judgements.every((one) => one.violations.length === 0)
    )
  } finally {
    await system.close()
  }
}

/** What every process has logged, beside the report: their folder goes away. */
async function keepLogs({ processes }: System, out: string): Promise<void> {
  const logs = join(out, 'logs')
  mkdirSync(logs, { recursive: true })
  for (const process of processes) {
    writeFileSync(join(logs, `${process.name}.log`), await process.readLog())
  }
}

const clock = (): string => new Date().toISOString().slice(11, 19)
