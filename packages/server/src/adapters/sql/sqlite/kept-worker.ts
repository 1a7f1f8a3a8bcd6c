import type { ServerEnvironment } from '../../../ports/environment.js'
import { type SqlHealth, SqlUnavailable } from '../driver.js'
import type { WorkerAnswers, WorkerCall, WorkerReport, WorkerSettings } from './messages.js'
import { startWorker, type WorkerClient, WorkerRefused } from './worker-client.js'

/** Starts in a row that may fail before the thread is given up (I7). */
const RESTARTS_MAX = 5
const RESTART_DELAY_MS = 100
/** A thread that lived this long has recovered. */
const RECOVERED_AFTER_MS = 60_000

export interface KeptWorker {
  report(): WorkerReport
  /** Rejects with SqlUnavailable while there is no thread. */
  call<C extends WorkerCall>(call: C): Promise<WorkerAnswers[C['kind']]>
  inFlight(): number
  health(): SqlHealth
  /** Settles what is in flight, then ends the thread. */
  close(): Promise<void>
}

/**
 * A worker that is started again when it dies, a few times; then it is given up, and every call says so.
 * What was in flight rejects: nobody knows whether it was written. Rejects if the first start does.
 */
export async function keepRunning(
  settings: () => WorkerSettings,
  environment: ServerEnvironment,
  onTrouble: () => void,
): Promise<KeptWorker> {
  let worker: WorkerClient | undefined = await startWorker(settings())
  let report = worker.report
  let health: SqlHealth = { state: 'up' }
  let failures = 0
  let startedAt = environment.monotonicNow()
  let closing = false
  let starting: Promise<void> | undefined
  let timer: unknown

  function watch(current: WorkerClient): void {
    void current.ended.then((reason) => {
      if (closing) return
      worker = undefined
      if (environment.monotonicNow() - startedAt > RECOVERED_AFTER_MS) failures = 0
      retry(reason)
    })
  }

  function retry(reason: string, forGood = false): void {
    failures += 1
    const over = forGood || failures > RESTARTS_MAX
    health = { state: over ? 'failed' : 'restarting', reason }
    onTrouble()
    if (!over) timer = environment.setTimer(restart, RESTART_DELAY_MS * 2 ** (failures - 1))
  }

  function restart(): void {
    starting = startWorker(settings()).then(
      (started) => {
        worker = started
        if (closing) return
        report = started.report
        startedAt = environment.monotonicNow()
        health = { state: 'up' }
        onTrouble()
        watch(started)
      },
      (error: unknown) => {
        if (closing) return
        const otherOwner = error instanceof WorkerRefused && error.failure.kind === 'owner'
        retry(error instanceof Error ? error.message : String(error), otherOwner)
      },
    )
  }

  watch(worker)
  return {
    report: () => report,
    call(call) {
      if (worker !== undefined) return worker.call(call)
      return Promise.reject(new SqlUnavailable(health.reason ?? 'the database is closed'))
    },
    inFlight: () => worker?.inFlight ?? Number.MAX_SAFE_INTEGER,
    health: () => health,
    async close() {
      closing = true
      environment.clearTimer(timer)
      // it may have the lock already
      await starting
      const current = worker
      worker = undefined
      if (current === undefined) return
      await current.call({ kind: 'close' }).catch(() => undefined)
      await current.terminate()
    },
  }
}
