import type { ServerEnvironment } from '../../ports/environment.js'
import type { ProcessEntry, Processes } from '../../ports/processes.js'

const RETRY_MS = 500
/** Renewed at least this often, however long a lease is. */
const RENEW_MAX_MS = 5_000

/** Keeps a process listed until it is ended; a registry that does not answer is asked again. */
export function stayListed(
  processes: Processes,
  entry: ProcessEntry,
  environment: ServerEnvironment,
  onError: (error: unknown) => void,
): () => Promise<void> {
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
  begin()
  return async () => {
    if (isOver) return
    isOver = true
    environment.clearTimer(timer)
    // a renewal in flight must not list it again
    await renewing
    await processes.leave(entry.processId).catch(onError)
  }
}
