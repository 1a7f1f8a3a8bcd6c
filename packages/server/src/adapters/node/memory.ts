import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'
import type { ServerEnvironment } from '../../ports/environment.js'

const SAMPLE_MS = 1_000

/**
 * The used part, 0 to 1, of whatever this process runs out of first: its heap, or the memory that the machine
 * or its container gives it. Looked at once a second at most.
 */
export function createMemoryUse(
  environment: Pick<ServerEnvironment, 'monotonicNow'>,
): () => number {
  let sampledAt = Number.NEGATIVE_INFINITY
  let used = 0
  return () => {
    const now = environment.monotonicNow()
    if (now - sampledAt < SAMPLE_MS) return used
    sampledAt = now
    const heap = getHeapStatistics()
    const allowed = process.constrainedMemory()
    const limit = allowed > 0 ? Math.min(allowed, totalmem()) : totalmem()
    used = Math.max(heap.used_heap_size / heap.heap_size_limit, process.memoryUsage.rss() / limit)
    return used
  }
}
