import { parseArgs } from 'node:util'
import { buildWorker } from './build.js'
import { explore } from './explore.js'
import { Pool } from './pool.js'
import { FAULTS, missing, RULES } from './run/coverage.js'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    seed: { type: 'string' },
    from: { type: 'string' },
    workers: { type: 'string' },
  },
})
const pool = new Pool(await buildWorker(), values.workers ? Number(values.workers) : undefined)
const result = await explore(pool, {
  from: Number(values.from ?? 1),
  seeds: Number(values.seeds ?? 200),
  failuresMax: 1_000_000,
  onProgress(done, failures) {
    if (done % 100 === 0) console.log(done, 'done', failures, 'failures')
  },
})
for (const what of [...RULES, ...FAULTS]) console.log(what.padEnd(30), result.counts[what] ?? 0)
console.log('missing', missing(result.counts))
console.log(result.seeds, 'seeds', result.medianMs, result.slowestMs)
const by = new Map<string, number[]>()
for (const f of result.failures) {
  const key = f.text.slice(0, 300)
  by.set(key, [...(by.get(key) ?? []), f.seed])
}
for (const [text, seeds] of by) console.log(seeds.length, text, seeds.slice(0, 12).join(' '))
pool.close()
