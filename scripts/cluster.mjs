// `npm run cluster`: a whole cluster on this machine, with the web chat in front of it.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { bootstrap, node24 } from './bootstrap.mjs'
import { buildIfStale } from './build.mjs'
import { handOver } from './hand-over.mjs'
import { main } from './main.mjs'
import { root } from './steps.mjs'

await main(async () => {
  const args = process.argv.slice(2)
  await bootstrap()
  const command = (name) => ['--import', 'tsx', join(root, 'scripts/cluster', name), ...args]
  // what is wrong with the arguments is said before anything is built
  const { status } = spawnSync(node24, command('check.ts'), { cwd: root, stdio: 'inherit' })
  if (status !== 0) return status ?? 1
  if (!args.includes('--help') && !args.includes('-h')) await buildIfStale()
  // kafkajs sets timers in the past; Node runs them at once and warns.
  return handOver(['--disable-warning=TimeoutNegativeWarning', ...command('main.ts')])
})
