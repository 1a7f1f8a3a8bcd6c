/** A process of its own that opens the outbox's file, stores one row, and then only lives. */
import { processLocks } from '../../src/environment/process-locks.js'
import { createFileStorage } from '../../src/storage/file.js'
import { KEY, makeRow } from './rows.js'

const [, , directory] = process.argv
const storage = await createFileStorage({ directory, locks: processLocks })(KEY)
const release = await processLocks.tryAcquire('lock of the holder')
await storage.put([makeRow('of the holder', { owner: 'holder' })])
process.stdout.write(release === undefined ? 'taken' : 'ready')
setInterval(() => {}, 1_000)
