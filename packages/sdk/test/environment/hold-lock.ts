import { processLocks } from '../../src/environment/process-locks.js'

const release = await processLocks.tryAcquire(process.argv[2] ?? '')
process.stdout.write(release === undefined ? 'taken\n' : 'held\n')
setInterval(() => {}, 1_000)
