// `npm run terminal-chat`, `npm run embed-fastify`: `node scripts/example.mjs FILE [its arguments]`.
import { join } from 'node:path'
import { bootstrap } from './bootstrap.mjs'
import { buildIfStale } from './build.mjs'
import { handOver } from './hand-over.mjs'
import { main } from './main.mjs'
import { root } from './steps.mjs'

const [file, ...args] = process.argv.slice(2)

await main(async () => {
  await bootstrap()
  await buildIfStale()
  return handOver([join(root, 'examples', file), ...args])
})
