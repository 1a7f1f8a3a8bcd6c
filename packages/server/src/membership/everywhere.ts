import { DirectoryError } from '../ports/directory.js'
import type { MembershipCache } from '../ports/membership.js'
import type { PushBus } from '../ports/push.js'

/**
 * The cache of this process, whose `invalidate` resolves when every process has dropped what it kept (I8, R13): each
 * that may hold a lease is asked, and whose lease is over trusts nothing that it has kept. Rejects with
 * DirectoryError `unavailable` when it cannot be told who that is; this process has then dropped it all the same.
 */
export function droppedEverywhere(
  local: MembershipCache,
  bus: Pick<PushBus, 'living' | 'invalidate'>,
  processId: string,
): MembershipCache {
  return {
    ...local,
    async invalidate(changes) {
      await local.invalidate(changes)
      try {
        const others = (await bus.living()).filter((id) => id !== processId)
        await Promise.all(others.map((id) => bus.invalidate(id, changes)))
      } catch (cause) {
        throw new DirectoryError(
          'unavailable',
          'The change was made; not every process has confirmed it yet.',
          cause,
        )
      }
    },
  }
}
