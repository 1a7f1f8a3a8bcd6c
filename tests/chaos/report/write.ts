import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import { verdictsOf } from './judge.js'
import { markdownOf } from './markdown.js'
import { pictureOf } from './picture.js'
import type { RunResult } from './result.js'

const PICTURE = 'timeline.svg'
const GIB = 1024 ** 3

/** Writes `report.md`, `report.json` and `timeline.svg` into a folder; returns where the first is. */
export function writeReport(result: RunResult, folder: string): string {
  mkdirSync(folder, { recursive: true })
  const machine = {
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / GIB),
    node: process.versions.node,
  }
  const report = join(folder, 'report.md')
  writeFileSync(report, markdownOf(result, machine, PICTURE))
  writeFileSync(join(folder, PICTURE), pictureOf(result))
  const { faults, ackedPerSecond, shownPerSecond, ...rest } = result
  const data = {
    ...rest,
    machine,
    faults: faults.map((fault) => ({ ...fault, verdicts: verdictsOf(fault) })),
    ackedPerSecond: Object.fromEntries(ackedPerSecond),
    shownPerSecond: Object.fromEntries(shownPerSecond),
  }
  writeFileSync(join(folder, 'report.json'), `${JSON.stringify(data, undefined, 2)}\n`)
  return report
}
