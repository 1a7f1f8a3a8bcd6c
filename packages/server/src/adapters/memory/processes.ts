import type { ServerEnvironment } from '../../ports/environment.js'
import type { ProcessEntry, Processes } from '../../ports/processes.js'

export interface MemoryProcessesOptions {
  readonly environment: Pick<ServerEnvironment, 'monotonicNow'>
  /** @default 10,000 */
  readonly leaseMs?: number
}

/** The processes that share this memory. Nothing can be lost here, so a list is always complete. */
export function createMemoryProcesses(options: MemoryProcessesOptions): Processes {
  const { environment, leaseMs = 10_000 } = options
  const entries = new Map<string, { readonly entry: ProcessEntry; readonly until: number }>()
  return {
    async renew(entry) {
      entries.set(entry.processId, { entry, until: environment.monotonicNow() + leaseMs })
      return { leaseMs }
    },
    async leave(processId) {
      entries.delete(processId)
    },
    async list() {
      const now = environment.monotonicNow()
      for (const [processId, { until }] of entries) if (until <= now) entries.delete(processId)
      return { entries: Array.from(entries.values(), ({ entry }) => entry), complete: true }
    },
  }
}
