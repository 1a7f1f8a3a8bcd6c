// `npm run check`: types, lint, format, builds, the packed packages, sizes.
import { bootstrap } from './bootstrap.mjs'
import { runChecks } from './checks.mjs'
import { main } from './main.mjs'

await main(async () => {
  await bootstrap()
  const failures = await runChecks()
  for (const failure of failures) console.log(`\n${failure}`)
  return failures.length === 0 ? 0 : 1
})
