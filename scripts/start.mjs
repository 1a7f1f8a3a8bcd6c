// `npm start`: installs and builds what is missing or stale, then hands over to the web chat's server.
import { join } from 'node:path'
import { bootstrap } from './bootstrap.mjs'
import { buildIfStale } from './build.mjs'
import { handOver } from './hand-over.mjs'
import { main } from './main.mjs'
import { root } from './steps.mjs'

await main(async () => {
  await bootstrap()
  await buildIfStale()
  return handOver([join(root, 'examples/web-chat/server.mjs'), ...process.argv.slice(2)])
})
