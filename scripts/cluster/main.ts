// The command behind `npm run cluster`.
import { ServiceFailed } from '../services/index.js'
import { readArguments, UsageError } from './command/arguments.js'
import { help } from './command/help.js'
import { run } from './command/run.js'

try {
  const wanted = readArguments(process.argv.slice(2))
  if (wanted === 'help') console.log(help)
  else await run(wanted)
} catch (error) {
  // What its user can mend is said without a stack.
  const isTheirs = error instanceof ServiceFailed || error instanceof UsageError
  console.error(isTheirs ? error.message : error)
  process.exitCode = 1
}
// A connection that somebody left open must not keep what is over.
process.exit()
