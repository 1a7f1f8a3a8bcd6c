// The command behind `npm run chaos`.
import { ServiceFailed } from '../../../scripts/services/index.js'
import { faults } from '../faults/index.js'
import { readArguments, UsageError } from './arguments.js'
import { help, listOf } from './help.js'
import { run } from './run.js'

const newSeed = (): number => Math.floor(Math.random() * 2 ** 32)

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  // services, processes and clients end with this process
  process.once(signal, () => process.exit(code))
}

try {
  const wanted = readArguments(process.argv.slice(2), faults, newSeed)
  if (wanted.what === 'help') console.log(help)
  else if (wanted.what === 'list') console.log(listOf(faults))
  else process.exitCode = (await run(wanted)) ? 0 : 1
} catch (error) {
  // what its user can mend is said without a stack
  const isTheirs = error instanceof ServiceFailed || error instanceof UsageError
  console.error(isTheirs ? error.message : error)
  process.exitCode = 1
}
// a connection that somebody left open must not keep what is over
process.exit()
