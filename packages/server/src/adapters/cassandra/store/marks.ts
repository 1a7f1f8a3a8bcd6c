import { type LogPlace, type StoredMarks, StoreGoneBack } from '../../../ports/stored-marks.js'
import type { ReadLevel, Session } from '../session/session.js'
import { statementsOf } from '../statements.js'

export interface MarksParts {
  readonly session: Session
  readonly keyspace: string
}

/**
 * Marks in the keyspace of the messages. Each is one cell whose write time is the mark itself, so that the highest
 * stays, whoever writes (I5). Looking at what is there and writing are two requests: between them marks only rise.
 */
export function createMarks({ session, keyspace }: MarksParts): StoredMarks {
  const statements = statementsOf(keyspace)

  async function readAt({ generation, partition }: LogPlace, level: ReadLevel): Promise<number> {
    const [row] = await session.read(statements.mark, [generation, partition], level)
    return Number(row?.mark ?? 0)
  }

  return {
    read: (place, { confirm = false } = {}) => readAt(place, confirm ? 'all' : 'quorum'),
    async raise(to, from) {
      // what a quorum does not know, a replica may know that the others have missed
      if (from > 0 && (await readAt(to, 'quorum')) < from) {
        const mark = await readAt(to, 'all')
        if (mark < from) throw new StoreGoneBack(`The mark is ${mark}, below ${from}.`)
      }
      const { generation, partition, offset } = to
      await session.write([statements.insertMark.at(to, [generation, partition, BigInt(offset)])])
    },
  }
}
