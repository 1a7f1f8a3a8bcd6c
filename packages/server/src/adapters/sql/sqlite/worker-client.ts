import { Worker } from 'node:worker_threads'
import { SqlCheckFailed, SqlConstraint, SqlUnavailable } from '../driver.js'
import type {
  WorkerAnswers,
  WorkerCall,
  WorkerFailure,
  WorkerPost,
  WorkerReply,
  WorkerReport,
  WorkerRequest,
  WorkerSettings,
} from './messages.js'
import { workerSource } from './worker-source.js'

/** Calls that may wait for one worker (I7): far above what the roles keep in flight. */
const IN_FLIGHT_MAX = 10_000

/** The worker could not open what it was told to: says at which step and why. */
export class WorkerRefused extends Error {
  override readonly name = 'WorkerRefused'
  constructor(readonly failure: WorkerFailure & { readonly at: 'lock' | 'open' }) {
    super(failure.message)
  }
}

export interface WorkerClient {
  readonly report: WorkerReport
  call<C extends WorkerCall>(call: C): Promise<WorkerAnswers[C['kind']]>
  readonly inFlight: number
  /** Resolves with the reason when the worker has ended, for whatever reason. */
  readonly ended: Promise<string>
  /** Ends at once; what is in flight rejects. */
  terminate(): Promise<void>
}

/** Starts a worker thread and resolves once its database is open. Rejects with WorkerRefused. */
export async function startWorker(settings: WorkerSettings): Promise<WorkerClient> {
  const worker = new Worker(workerSource, {
    eval: true,
    name: `tidings-sqlite-${settings.role}`,
    workerData: settings,
    // Node 22 calls node:sqlite experimental; what is used of it is tested there
    execArgv: ['--disable-warning=ExperimentalWarning'],
  })
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  const started = Promise.withResolvers<WorkerReport>()
  const ended = Promise.withResolvers<string>()
  let number = 0
  let over: string | undefined

  function settle(reply: WorkerReply): void {
    const waiter = waiting.get(reply.number)
    waiting.delete(reply.number)
    if (waiter === undefined) return
    if ('failure' in reply) waiter.reject(errorOf(reply.failure))
    else waiter.resolve(reply.value)
  }

  function end(reason: string): void {
    if (over !== undefined) return
    over = reason
    started.reject(new SqlUnavailable(reason))
    for (const waiter of waiting.values()) waiter.reject(new SqlUnavailable(reason))
    waiting.clear()
    ended.resolve(reason)
  }

  worker.on('message', (post: WorkerPost) => {
    if ('ready' in post) started.resolve(post.ready)
    else if ('refused' in post) started.reject(new WorkerRefused(post.refused))
    else for (const reply of post) settle(reply)
  })
  worker.on('error', (error: unknown) => {
    end(`the database thread failed: ${error instanceof Error ? error.message : String(error)}`)
  })
  worker.on('messageerror', () => void worker.terminate())
  worker.on('exit', () => end('the database thread has ended'))

  const report = await started.promise
  return {
    report,
    call(call) {
      if (over !== undefined) return Promise.reject(new SqlUnavailable(over))
      if (waiting.size >= IN_FLIGHT_MAX) {
        return Promise.reject(new SqlUnavailable('too many calls wait for the database'))
      }
      const waiter = Promise.withResolvers<unknown>()
      number += 1
      waiting.set(number, waiter)
      worker.postMessage({ number, call } satisfies WorkerRequest)
      return waiter.promise as Promise<never>
    },
    get inFlight() {
      return waiting.size
    },
    ended: ended.promise,
    async terminate() {
      await worker.terminate()
    },
  }
}

function errorOf(failure: WorkerFailure): Error {
  if (failure.kind === 'check') return new SqlCheckFailed(failure.message)
  if (failure.kind === 'constraint') return new SqlConstraint(failure.message)
  return new SqlUnavailable(failure.message, { cause: failure })
}
