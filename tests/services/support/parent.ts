// A process that starts services and tells what it started; what becomes of it is the test's business.
import { startServices } from '../../../scripts/services/index.js'

const { redis, postgres } = await startServices(
  { redis: 'single', postgres: true },
  {
    environment: { TIDINGS_SERVICES: 'native' },
    onFolder: async (folder) => {
      process.send?.({ folder })
    },
  },
)
process.send?.({ pids: [...redis.nodes, ...postgres.nodes].map(({ pid }) => pid) })
process.on('message', (order) => {
  if (order === 'exit') process.exit(3)
  if (order === 'throw') throw new Error('as a test would')
})
