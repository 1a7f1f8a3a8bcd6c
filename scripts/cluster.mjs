// `npm run cluster`: a whole cluster on this machine, with the web chat in front of it.
import { join } from 'node:path'
import { bootstrap } from './bootstrap.mjs'
import { buildIfStale } from './build.mjs'
import { handOver } from './hand-over.mjs'
import { main } from './main.mjs'
import { root } from './steps.mjs'

await main(async () => {
  const args = process.argv.slice(2)
  await bootstrap()
  if (!args.includes('--help') && !args.includes('-h')) await buildIfStale()
  const command = join(root, 'scripts/cluster/main.ts')
  // kafkajs sets timers in the past; Node runs them at once and warns.
  const quietly = '--disable-warning=TimeoutNegativeWarning'
  return handOver([quietly, '--import', 'tsx', command, ...args])
})
