// `npm run services -- up kafka redis …`: the services that tests and examples need, without a test run.
import { join } from 'node:path'
import { bootstrap } from './bootstrap.mjs'
import { handOver } from './hand-over.mjs'
import { main } from './main.mjs'
import { root } from './steps.mjs'

await main(async () => {
  await bootstrap()
  const command = join(root, 'scripts/services/main.ts')
  // kafkajs sets timers in the past; Node runs them at once and warns.
  const quietly = '--disable-warning=TimeoutNegativeWarning'
  return handOver([quietly, '--import', 'tsx', command, ...process.argv.slice(2)])
})
