/** `npm run bench`: measures Tidings beside its peers in one run, prints a table and writes JSON. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, release } from 'node:os'
import { dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { profileInto } from './peers/peer.js'
import { durablePath, fanOutStage } from './sections/deliveries.js'
import { depth } from './sections/depth.js'
import { memory } from './sections/memory.js'
import { reconnect } from './sections/reconnect.js'
import type { Row } from './sections/section.js'
import { durableSends } from './sections/sends.js'

const SECTIONS = {
  'fan-out': fanOutStage,
  durable: durablePath,
  sends: durableSends,
  memory,
  reconnect,
  depth,
}
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    repeats: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    centrifugo: { type: 'string' },
    profile: { type: 'string' },
    json: { type: 'string', default: 'bench/results/latest.json' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (values.help) {
  console.log(`npm run bench -- [SECTION ...] [--repeats 5] [--seconds 4] [--centrifugo BINARY] [--profile FOLDER] [--json FILE]
sections: ${Object.keys(SECTIONS).join(', ')} (all, if none is named)
--profile leaves a V8 processor profile of each server in Node; quote no figure of such a run.
Linux only: processor time and memory are read from /proc. Quote the ratios: all in a row are of one run.`)
  process.exit(0)
}
const unknown = positionals.find((name) => !Object.hasOwn(SECTIONS, name))
if (unknown !== undefined) {
  console.error(
    `There is no section “${unknown}”: choose from ${Object.keys(SECTIONS).join(', ')}.`,
  )
  process.exit(2)
}
if (values.profile !== undefined) profileInto(resolve(values.profile))
const names = (
  positionals.length === 0 ? Object.keys(SECTIONS) : positionals
) as (keyof typeof SECTIONS)[]
const rows: Row[] = []
for (const name of names) {
  console.log(`— ${name}`)
  rows.push(
    ...(await SECTIONS[name].run({
      repeats: Number(values.repeats),
      seconds: Number(values.seconds),
      ...(values.centrifugo !== undefined && { centrifugo: values.centrifugo }),
      onProgress: (line) => console.log(`  ${line}`),
    })),
  )
}
const shown = (figure: number): string =>
  figure >= 1_000 ? Math.round(figure).toLocaleString('en') : figure.toFixed(2)
console.log('\n| measure | figures | unit | ratio | goal | |\n|---|---|---|---|---|---|')
for (const { measure, unit, figures, ratios } of rows) {
  const all = Object.entries(figures)
    .map(([name, figure]) => `${name} ${shown(figure)}`)
    .join(', ')
  const [first, ...others] = ratios.length === 0 ? [undefined] : ratios
  const cells = (ratio: Row['ratios'][number] | undefined): string =>
    ratio === undefined
      ? ' | | '
      : `${ratio.ratio.toFixed(2)} × ${ratio.against} | ${ratio.goal} | ${ratio.met ? 'met' : 'missed'}`
  console.log(`| ${measure} | ${all} | ${unit} | ${cells(first)} |`)
  for (const other of others) console.log(`| | | | ${cells(other)} |`)
}
const file = resolve(values.json)
mkdirSync(dirname(file), { recursive: true })
const machine = {
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  kernel: release(),
  node: process.version,
}
writeFileSync(
  file,
  `${JSON.stringify({ machine, repeats: Number(values.repeats), seconds: Number(values.seconds), rows }, null, 2)}\n`,
)
console.log(`\n${file}`)
process.exit(0)
