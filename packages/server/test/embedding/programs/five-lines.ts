/** What getting started shows, and the signal that ends it. */
import { createServer } from '../../../src/index.js'

const tidings = await createServer({
  dataDir: process.argv[2],
  authenticate: (token) => token,
  logLevel: 'silent',
})
const { url } = await tidings.listen({ port: 0 })
process.stdout.write(`${url}\n`)
process.once('SIGTERM', () => void tidings.close())
