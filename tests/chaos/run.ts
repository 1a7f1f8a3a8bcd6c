import { setTimeout as delay } from 'node:timers/promises'
import type { Fault, Stage } from './faults/fault.js'
import { type LoadOptions, startLoad } from './load/load.js'
import { interruptionIn } from './measure/interruption.js'
import { Watch } from './measure/watch.js'
import type { FaultResult, Judgement, RunResult } from './report/result.js'
import { digestOf, rowsOf } from './system/rows.js'
import { untilShared } from './system/sequencers.js'
import type { System } from './system/system.js'
import { now, until } from './wait.js'

export interface RunOptions {
  /** The next one; undefined ends the run. */
  readonly next: () => Fault | undefined
  readonly seed: number
  /** In [0, 1). */
  readonly random: () => number
  readonly load: Omit<LoadOptions, 'name'>
  /** Without a fault before each of them, to compare with. */
  readonly quietMs: number
  /** After so long the clients come to rest, everything is checked, and others go on in other channels. */
  readonly roundMs: number
  readonly onProgress?: (line: string) => void
  readonly onFault?: (result: FaultResult) => void
}

const READ_EVERY_MS = 100
const FLOWING_WITHIN_MS = 90_000

/** Load all the time, and one fault after the other. Never rejects: what went wrong is in the result. */
export async function runFaults(system: System, options: RunOptions): Promise<RunResult> {
  const fromMs = now()
  const watch = new Watch()
  const faults: FaultResult[] = []
  const judgements: Judgement[] = []
  const checked: { readonly channelIds: readonly string[]; readonly digest: string }[] = []
  let failure: string | undefined
  let fault = options.next()
  try {
    for (let round = 1; fault !== undefined; round++) {
      const load = await startLoad(system, { ...options.load, name: `r${round}` })
      watch.follow(load.journals, load.channelIds, load.clientNames)
      const reading = setInterval(() => watch.read(), READ_EVERY_MS)
      try {
        const roundEndMs = now() + options.roundMs
        const stage = stageOf(system, watch, options)
        await stage.untilFlowing()
        await untilShared(system)
        do {
          const result = await runFault(fault, stage, watch, options)
          faults.push(result)
          options.onFault?.(result)
          fault = options.next()
        } while (fault !== undefined && now() < roundEndMs)
        options.onProgress?.('checking')
        await load.settle()
        watch.read()
        const rows = await rowsOf(system, load.channelIds)
        checked.push({ channelIds: load.channelIds, digest: digestOf(rows) })
        judgements.push(await load.judge(rows))
      } finally {
        clearInterval(reading)
        watch.close()
        load.end()
      }
      if (judgements.at(-1)?.violations.length !== 0) break
    }
    await stillThere(system, checked)
  } catch (error) {
    failure = `${fault === undefined ? '' : `${fault.name}: `}${(error as Error).message}`
  }
  const { ackedPerSecond, shownPerSecond } = watch
  return {
    seed: options.seed,
    fromMs,
    toMs: now(),
    faults,
    judgements,
    ...(failure !== undefined && { failure }),
    ackedPerSecond,
    shownPerSecond,
  }
}

interface Telling extends Stage {
  readonly told: { readonly atMs: number; readonly what: string }[]
}

function stageOf(system: System, watch: Watch, { random, onProgress }: RunOptions): Telling {
  const told: { readonly atMs: number; readonly what: string }[] = []
  return {
    system,
    random,
    told,
    hold: (ms) => delay(ms),
    tell(what) {
      told.push({ atMs: now(), what })
      onProgress?.(what)
    },
    async untilFlowing() {
      const sinceMs = now()
      const behind = (): readonly string[] => {
        watch.read()
        const waits = (times: ReadonlyMap<string, readonly number[]>, what: string) =>
          [...times].flatMap(([name, own]) =>
            (own.at(-1) ?? 0) > sinceMs ? [] : `${what} ${name}`,
          )
        return [
          ...waits(watch.acked, 'an ack in'),
          ...waits(watch.shown, 'a message in'),
          ...waits(watch.shownTo, 'something shown to'),
        ]
      }
      await until('messages to flow', FLOWING_WITHIN_MS, () => behind().length === 0).catch(
        (error: Error) => {
          throw new Error(`${error.message} There is not: ${behind().slice(0, 10).join(', ')}.`)
        },
      )
    },
  }
}

async function runFault(
  fault: Fault,
  stage: Telling,
  watch: Watch,
  { quietMs, onProgress }: RunOptions,
): Promise<FaultResult> {
  const quietFromMs = now()
  await stage.hold(quietMs)
  watch.read()
  const fromMs = now()
  const steady = interruptionIn(watch, { fromMs: quietFromMs, toMs: fromMs })
  stage.told.length = 0
  onProgress?.(`${fault.name}: ${fault.title}`)
  await fault.run(stage)
  await stage.untilFlowing()
  const interruption = interruptionIn(watch, { fromMs, toMs: now() })
  const { name, title, goals } = fault
  return { fault: { name, title, goals }, told: [...stage.told], steady, interruption }
}

/** What was checked in an earlier round has not changed since. */
async function stillThere(
  system: System,
  checked: readonly { readonly channelIds: readonly string[]; readonly digest: string }[],
): Promise<void> {
  for (const { channelIds, digest } of checked.slice(0, -1)) {
    if (digestOf(await rowsOf(system, channelIds)) === digest) continue
    throw new Error(`What was stored in ${channelIds.join(', ')} changed after it was checked.`)
  }
}
