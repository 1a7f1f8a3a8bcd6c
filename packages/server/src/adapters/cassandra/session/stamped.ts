import { type Position, writeTime } from '../../../stream/position.js'

/** What the driver binds; whole numbers of 64 bits are bigint. */
export type Value = string | number | bigint | readonly string[]

/** One write under its own position. Made by a StampedStatement only. */
export class StampedWrite {
  constructor(
    readonly cql: string,
    /** The write time is the last. */
    readonly values: readonly Value[],
    maker: typeof MAKER,
  ) {
    if (maker !== MAKER) throw new Error('Writes are made by a StampedStatement.')
  }
}
const MAKER = Symbol('maker')

/**
 * A statement that writes under a write time made of its command's position, so that nothing that comes late
 * undoes what a higher position wrote (I5, R6). One without, or one that removes, is refused: at once and in every
 * later read an unstamped write would win against all others.
 */
export class StampedStatement {
  constructor(readonly cql: string) {
    if (!/^\s*INSERT\s/i.test(cql) || !/\bTIMESTAMP \?\s*$/i.test(cql)) {
      throw new Error(`A write needs a write time, given last: ${cql}`)
    }
  }

  at(position: Position, values: readonly Value[]): StampedWrite {
    const { generation, offset } = position
    if (!Number.isSafeInteger(generation) || !Number.isSafeInteger(offset) || offset < 0) {
      throw new Error('A write needs the position of its command.')
    }
    return new StampedWrite(this.cql, [...values, writeTime(position)], MAKER)
  }
}
