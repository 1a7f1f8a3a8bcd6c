// `npm run chaos`: faults on a whole cluster on this machine, under load.
import { join } from 'node:path'
import { bootstrap } from './bootstrap.mjs'
import { handOver } from './hand-over.mjs'
import { main } from './main.mjs'
import { root } from './steps.mjs'

await main(async () => {
  const args = process.argv.slice(2)
  await bootstrap()
  const command = join(root, 'tests/chaos/command/main.ts')
  // kafkajs sets timers in the past; Node runs them at once and warns.
  const quietly = '--disable-warning=TimeoutNegativeWarning'
  const fromSource = '--conditions=tidings-source'
  return handOver([quietly, fromSource, '--import', 'tsx', command, ...args])
})
