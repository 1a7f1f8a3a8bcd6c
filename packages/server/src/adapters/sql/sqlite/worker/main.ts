import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import type {
  WorkerCall,
  WorkerPost,
  WorkerReply,
  WorkerRequest,
  WorkerSettings,
} from '../messages.js'
import { type QueuedBatch, rollBack, runBatches } from './batches.js'
import { type Connection, holdLock, openConnection } from './connection.js'
import { failureOf, OwnedByAnother } from './failure.js'
import { digestFile, syncFile } from './files.js'

/** Most batches in one transaction: the first of them waits for all (I7). */
const GROUP_MAX = 64

const settings = workerData as WorkerSettings
const port = parentPort
if (port === null) throw new Error('this file is run as a worker')

let lock: { release(): void } | undefined
let connection: Connection | undefined
/** The session that holds the right to write. */
let session: number | undefined
/** What came while another session held it. */
let waiting: WorkerRequest[] = []

const post = (message: WorkerPost): void => port.postMessage(message)

function start(): void {
  let at: 'lock' | 'open' = 'lock'
  try {
    if (settings.lockFile !== undefined) lock = holdLock(settings.lockFile)
    at = 'open'
    if (settings.file !== undefined) {
      connection = openConnection({ ...settings, file: settings.file })
      if (settings.generation !== undefined) checkGeneration(connection, settings.generation)
    }
    post({ ready: connection?.report ?? { synchronous: 0, journalMode: '', sqliteVersion: '' } })
  } catch (error) {
    post({ refused: { ...failureOf(error), at } })
    lock?.release()
    port?.close()
  }
}

function checkGeneration(of: Connection, generation: number): void {
  const row = of.statement("SELECT value FROM meta WHERE key = 'generation'").get()
  if (row?.value !== String(generation)) {
    throw new OwnedByAnother('another process has owned the data folder meanwhile')
  }
}

function opened(): Connection {
  if (connection === undefined) throw new Error('this worker has no database')
  return connection
}

/** While a session is open only its own steps go on; closing ends it. */
const mustWait = (call: WorkerCall): boolean =>
  session !== undefined &&
  call.kind !== 'close' &&
  (call.kind === 'begin' || !('session' in call) || call.session !== session)

/** Everything that has arrived, in order; batches that follow each other become one transaction. */
function run(requests: readonly WorkerRequest[]): void {
  let queue = requests
  do {
    const group: QueuedBatch[] = []
    const flush = (): void => {
      if (group.length > 0) post(runBatches(opened(), group.splice(0)))
    }
    for (const request of queue) {
      if (mustWait(request.call)) {
        waiting.push(request)
      } else if (request.call.kind === 'batch') {
        group.push({ number: request.number, statements: request.call.statements })
        if (group.length === GROUP_MAX) flush()
      } else {
        flush()
        post([answer(request)])
      }
    }
    flush()
    if (session !== undefined) return
    queue = waiting
    waiting = []
  } while (queue.length > 0)
}

function answer({ number, call }: WorkerRequest): WorkerReply {
  try {
    return { number, value: perform(call) }
  } catch (error) {
    return { number, failure: failureOf(error) }
  }
}

function perform(call: WorkerCall): unknown {
  switch (call.kind) {
    case 'query':
      return opened().query(call.reads)
    case 'begin':
      opened().statement('BEGIN IMMEDIATE').run()
      session = call.session
      return undefined
    case 'execute':
      inSession(call.session)
      return opened().execute(call.query, call.wants)
    case 'commit':
      inSession(call.session)
      try {
        opened().statement('COMMIT').run()
      } catch (error) {
        rollBack(opened())
        throw error
      } finally {
        session = undefined
      }
      return undefined
    case 'rollback':
      // it may be over already: the caller ran out of time, or its commit failed
      if (session === call.session) {
        rollBack(opened())
        session = undefined
      }
      return undefined
    case 'copy':
      opened().copyTo(call.to)
      syncFile(call.to)
      return digestFile(call.to)
    case 'digest':
      return digestFile(call.file)
    case 'close':
      if (session !== undefined) rollBack(opened())
      session = undefined
      connection?.close()
      lock?.release()
      setImmediate(() => port?.close())
      return undefined
    case 'batch':
      throw new Error('batches run in groups')
  }
}

function inSession(wanted: number): void {
  if (session !== wanted) throw new Error('this transaction has ended')
}

port.on('message', (first: WorkerRequest) => {
  const requests = [first]
  for (;;) {
    const next = receiveMessageOnPort(port) as { message: WorkerRequest } | undefined
    if (next === undefined) break
    requests.push(next.message)
  }
  run(requests)
})

start()
