import type { ServerEnvironment } from '../../ports/environment.js'
import type { ProcessEntry, Processes } from '../../ports/processes.js'

const RETRY_MS = 500
/** Renewed at least this often, however long a lease is. */
const RENEW_MAX_MS = 5_000

export interface PresenceOptions {
  readonly processes: Processes
  readonly entry: ProcessEntry
  readonly environment: ServerEnvironment
  /** The same process may have been listed before: not before that has ended. */
  readonly after: Promise<void> | undefined
  /** True if the process is listed anew meanwhile: then nothing is taken away. */
  readonly isBack: () => boolean
  readonly onError: (error: unknown) => void
}

/** Keeps a process listed until it is ended; a list that does not answer is asked again. */
export function stayListed(options: PresenceOptions): () => Promise<void> {
  const { processes, entry, environment, onError } = options
  let timer: unknown
  let isOver = false
  let renewing: Promise<void> = Promise.resolve()

  async function renew(): Promise<void> {
    let nextMs = RETRY_MS
    try {
      const { leaseMs } = await processes.renew(entry)
      nextMs = Math.min(leaseMs / 3, RENEW_MAX_MS)
    } catch (error) {
      onError(error)
    }
    if (!isOver) timer = environment.setTimer(begin, nextMs)
  }
  function begin(): void {
    renewing = renew()
  }
  if (options.after === undefined) begin()
  else renewing = options.after.then(renew)
  return async () => {
    if (isOver) return
    isOver = true
    environment.clearTimer(timer)
    // a renewal in flight must not list it again
    await renewing
    if (!options.isBack()) await processes.leave(entry.processId).catch(onError)
  }
}
