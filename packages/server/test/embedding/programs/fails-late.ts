/** A start that fails when everything but its last parts is up: the process must end by itself. */
import { pino } from 'pino'
import { createServer } from '../../../src/index.js'

const logger = pino({ level: 'silent' })
logger.child = () => {
  throw new Error('no child')
}
await createServer({ dataDir: process.argv[2], authenticate: (token) => token, logger }).catch(
  (error: Error) => process.stdout.write(`${error.message}\n`),
)
