import { TidingsError } from '../errors.js'
import type { GapReason } from '../gate/state.js'
import type { Gap, Message } from './items.js'
import type { ReadPage } from './pages.js'

/** Makes the gaps of one channel. `filled` puts something in the place of one that is shown. */
export function gapsOf(
  channelId: string,
  read: ReadPage,
  filled: (gap: Gap, filling: readonly (Message | Gap)[]) => void,
) {
  return function gapOf(fromSeq: number, toSeq: number, reason: GapReason): Gap {
    const gap: Gap = {
      kind: 'gap',
      // It grows smaller from above, so this end names it.
      key: `gap ${fromSeq}`,
      channelId,
      fromSeq,
      toSeq,
      reason,
      async fill({ limit = 50, signal } = {}) {
        if (reason !== 'skipped') {
          throw new TidingsError('not_found', `What is ${reason} cannot be loaded.`)
        }
        const range = { after: fromSeq - 1, before: toSeq + 1 }
        const page = await read({ direction: 'backward', ...range, limit, signal })
        const { messages, hasMore } = page
        const end = Math.min(page.fromSeq - 1, toSeq)
        const rest =
          end < fromSeq ? undefined : gapOf(fromSeq, end, hasMore ? 'skipped' : 'expired')
        filled(gap, rest ? [rest, ...messages] : messages)
        return {
          items: messages,
          oldestSeq: page.fromSeq,
          newestSeq: page.toSeq,
          hasNext: hasMore,
          next: async () => (hasMore ? rest?.fill({ limit, signal }) : undefined),
        }
      },
    }
    return gap
  }
}
