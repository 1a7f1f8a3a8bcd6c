// What `npm run cluster` asks before it builds: are these arguments any?
import { readArguments, UsageError } from './command/arguments.js'

try {
  readArguments(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
