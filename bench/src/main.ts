/** `npm run bench`: measures Tidings beside its peers in one run, prints a table and writes JSON. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, release } from 'node:os'
import { dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { CLUSTER_SECTIONS, isClusterSection, runOnCluster } from './cluster/index.js'
import { profileInto } from './peers/peer.js'
import { durablePath, fanOutStage } from './sections/deliveries.js'
import { depth } from './sections/depth.js'
import { memory } from './sections/memory.js'
import { reconnect } from './sections/reconnect.js'
import type { BenchOptions, Row } from './sections/section.js'
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
    nodes: { type: 'string', default: '1' },
    json: { type: 'string', default: 'bench/results/latest.json' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (values.help) {
  console.log(`npm run bench -- [SECTION ...] [--repeats 5] [--seconds 4] [--centrifugo BINARY] [--profile FOLDER] [--nodes 1] [--json FILE]
sections: ${Object.keys(SECTIONS).join(', ')} (these, if none is named)
of a cluster: ${CLUSTER_SECTIONS.map(({ name }) => name).join(', ')}; --nodes 3 for three brokers and three Cassandra nodes
--profile leaves a V8 processor profile of each server in Node; quote no figure of such a run.
Linux only: processor time and memory are read from /proc. Quote the ratios: all in a row are of one run.`)
  process.exit(0)
}
const all = [...Object.keys(SECTIONS), ...CLUSTER_SECTIONS.map(({ name }) => name)]
const unknown = positionals.find((name) => !all.includes(name))
if (unknown !== undefined) {
  console.error(`There is no section “${unknown}”: choose from ${all.join(', ')}.`)
  process.exit(2)
}
if (values.nodes !== '1' && values.nodes !== '3') {
  console.error('--nodes is 1 or 3.')
  process.exit(2)
}
const nodes = values.nodes === '1' ? 1 : 3
if (values.profile !== undefined) profileInto(resolve(values.profile))
const names = positionals.length === 0 ? Object.keys(SECTIONS) : positionals
const options: BenchOptions = {
  repeats: Number(values.repeats),
  seconds: Number(values.seconds),
  ...(values.centrifugo !== undefined && { centrifugo: values.centrifugo }),
  onProgress: (line) => console.log(`  ${line}`),
}
const rows: Row[] = []
for (const name of names.filter((one) => !isClusterSection(one))) {
  console.log(`— ${name}`)
  rows.push(...(await SECTIONS[name as keyof typeof SECTIONS].run(options)))
}
let failure: unknown
const ofCluster = names.filter(isClusterSection)
if (ofCluster.length > 0) {
  console.log('— a cluster')
  await runOnCluster(ofCluster, nodes, options, (more) => rows.push(...more)).catch((error) => {
    failure = error
  })
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
  `${JSON.stringify({ machine, repeats: options.repeats, seconds: options.seconds, ...(ofCluster.length > 0 && { nodes }), rows }, null, 2)}\n`,
)
console.log(`\n${file}`)
if (failure !== undefined) console.error(failure)
process.exit(failure === undefined ? 0 : 1)
