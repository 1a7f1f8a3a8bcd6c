import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import type { Break } from './breaks/break.js'
import { breaks } from './breaks/breaks.js'
import { buildWorker, root } from './build.js'
import { explore } from './explore.js'
import { makePlan } from './plan/make.js'
import type { Plan } from './plan/steps.js'
import { Pool } from './pool.js'
import { prove } from './prove.js'
import { coverageTable, failureList, proofLine, story, summary, verdict } from './report.js'
import { shrink } from './shrink.js'
import type { Answer } from './worker.js'

const HELP = `npm run simulate -- [what]

  --seeds N      runs N seeds (2000) and tells what they reached
  --from N       the first of them (1)
  --seed N       runs one seed; if it fails, finds the shortest run that fails like it, and tells its story
  --plan FILE    runs a plan that was kept
  --prove        makes one mistake after the other in a copy of the sources: each must be caught
  --only NAME    only this mistake
  --broken NAME  everything above, with this mistake made
  --within N     in at most so many seeds (800)
  --workers N    processes (one for each core)`

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    plan: { type: 'string' },
    prove: { type: 'boolean', default: false },
    only: { type: 'string' },
    broken: { type: 'string' },
    within: { type: 'string', default: '800' },
    workers: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

const PROGRESS_EVERY_MS = 2_000
const keptIn = join(root, '.cache', 'simulator')

function numberOf(name: string, text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new Error(`--${name} must be a number from 0, not ${text}.`)
}

function breakNamed(name: string): Break {
  const broken = breaks.find((one) => one.name === name)
  if (broken === undefined) throw new Error(`There is no mistake named ${name}.`)
  return broken
}

const newPool = async (): Promise<Pool> =>
  new Pool(
    await buildWorker(values.broken === undefined ? undefined : breakNamed(values.broken)),
    values.workers ? numberOf('workers', values.workers) : undefined,
  )

async function runSeeds(): Promise<boolean> {
  const pool = await newPool()
  const seeds = numberOf('seeds', values.seeds)
  let toldAt = 0
  const exploration = await explore(pool, {
    from: numberOf('from', values.from),
    seeds,
    failuresMax: Number.POSITIVE_INFINITY,
    onProgress(done, failures) {
      if (performance.now() - toldAt < PROGRESS_EVERY_MS) return
      toldAt = performance.now()
      console.log(`  ${done} of ${seeds} seeds, ${failures} failed`)
    },
    onFailure: ({ seed, text }) => console.log(`  seed ${seed} failed: ${text.split('\n')[0]}`),
  })
  pool.close()
  const wrong = verdict(exploration)
  console.log(`\n${coverageTable(exploration)}\n\n${summary(exploration)}`)
  if (exploration.failures.length > 0) console.log(failureList(exploration))
  if (wrong !== undefined) console.log(`\n${wrong}`)
  return wrong === undefined
}

async function runOne(plan: Plan, isShort: boolean): Promise<boolean> {
  const pool = await newPool()
  try {
    const first = outcomeOf(await pool.run({ kind: 'plan', plan, keepsTrace: true }))
    const [violation] = first.violations
    if (violation === undefined) {
      console.log(`No violation. The trace sums up to ${first.hash}.`)
      return true
    }
    console.log(`${violation.invariant}: ${violation.rule} (${violation.detail})\n`)
    const short = isShort
      ? plan
      : await shrink(pool, plan, violation.rule, (steps, tries) =>
          console.log(`  ${steps} steps after ${tries} tries`),
        )
    const outcome = outcomeOf(await pool.run({ kind: 'plan', plan: short, keepsTrace: true }))
    console.log(`\n${story(short, outcome)}`)
    mkdirSync(keptIn, { recursive: true })
    const name = relative(process.cwd(), join(keptIn, `seed-${plan.seed}`))
    writeFileSync(`${name}.json`, JSON.stringify(short, undefined, 1))
    writeFileSync(`${name}.trace`, `${outcome.trace.join('\n')}\n`)
    console.log(`\nWith every frame: ${name}.trace\nAgain: npm run simulate -- --plan ${name}.json`)
    return false
  } finally {
    pool.close()
  }
}

function outcomeOf(answer: Answer) {
  if (!answer.ok) throw new Error(answer.error)
  return answer.outcome
}

async function runProofs(): Promise<boolean> {
  const chosen = values.only === undefined ? breaks : [breakNamed(values.only)]
  let caught = 0
  for (const broken of chosen) {
    const proof = await prove(broken, numberOf('within', values.within))
    console.log(proofLine(proof))
    if (proof.caughtBy !== undefined) caught += 1
  }
  console.log(`\n${caught} of ${chosen.length} mistakes are caught`)
  return caught === chosen.length
}

async function main(): Promise<boolean> {
  if (values.help) {
    console.log(HELP)
    return true
  }
  if (values.prove) return runProofs()
  if (values.plan) return runOne(JSON.parse(readFileSync(values.plan, 'utf8')) as Plan, true)
  if (values.seed) return runOne(makePlan(numberOf('seed', values.seed)), false)
  return runSeeds()
}

process.exitCode = (await main()) ? 0 : 1
