import { TidingsError } from '../errors.js'
import type { GapReason } from '../gate/state.js'
import { history } from './history.js'
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
      async fill(options) {
        if (reason !== 'skipped') {
          throw new TidingsError('not_found', `What is ${reason} cannot be loaded.`)
        }
        let left = gap
        const readInto: ReadPage = async (query) => {
          const page = await read(query)
          const filling: (Message | Gap)[] = [...page.messages]
          const place = left
          const end = Math.min(page.fromSeq - 1, toSeq)
          if (end >= fromSeq) {
            left = gapOf(fromSeq, end, page.hasMore ? 'skipped' : 'expired')
            filling.unshift(left)
          }
          filled(place, filling)
          return page
        }
        return history(readInto, { ...options, after: fromSeq - 1, before: toSeq + 1 })
      },
    }
    return gap
  }
}
