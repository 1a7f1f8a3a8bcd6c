import { type LogPlace, type StoredMarks, StoreGoneBack } from '../../ports/stored-marks.js'

/** Marks that end with this process, for tests and simulations. What happens to `marks` happens to the store. */
export function createMemoryStoredMarks(marks = new Map<string, number>()): StoredMarks {
  const markAt = (place: LogPlace): number => marks.get(keyOf(place)) ?? 0
  return {
    read: async (place) => markAt(place),
    async raise(to, from) {
      const mark = markAt(to)
      if (mark < from) throw new StoreGoneBack(`The mark is ${mark}, below ${from}.`)
      marks.set(keyOf(to), Math.max(mark, to.offset))
    },
  }
}

const keyOf = ({ generation, partition }: LogPlace): string => `${generation} ${partition}`
