import { inPages } from '../environment/pieces.js'
import { DirectoryError } from '../ports/directory.js'
import type { PushBus, Removal } from '../ports/push.js'

/** Channels that are confirmed at the same time, each by every process (I7). */
export const CONFIRMED_AT_ONCE = 32

/**
 * Resolves when every process that could still deliver to these users has confirmed their removals (R13), or that
 * their history begins later (I8), which the directory must have made already. Rejects with DirectoryError
 * `unavailable`, and begins no more, when one cannot be.
 */
export async function confirmRemovals(
  bus: Pick<PushBus, 'living' | 'confirmRemoval'>,
  removals: readonly Removal[],
): Promise<void> {
  if (removals.length === 0) return
  try {
    // asked once: who is listed later reads memberships later, and so without these users
    const processes = await bus.living()
    for (const some of inPages(removals, CONFIRMED_AT_ONCE)) {
      await Promise.all(
        some.flatMap((removal) => processes.map((id) => bus.confirmRemoval(id, removal))),
      )
    }
  } catch (cause) {
    const message = 'The change was made; not every process has confirmed it yet.'
    throw new DirectoryError('unavailable', message, cause)
  }
}
