#!/usr/bin/env node
/** The command `tidings`. Nothing else is imported before the Node version is known to do. */
import { unsupportedNode } from './config/node-version.js'

const problem = unsupportedNode(process.versions.node)
if (problem === undefined) {
  const { main } = await import('./commands/main.js')
  process.exitCode = await main(process.argv.slice(2))
  // Everything is closed. Drivers forget connections when their servers come and go; those do not keep the process.
  setTimeout(() => process.exit(), 1_000).unref()
} else {
  process.stderr.write(`${problem}\n`)
  process.exitCode = 1
}
