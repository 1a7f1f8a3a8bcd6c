import { describe, expect, it } from 'vitest'
import { TABLES } from '../../src/adapters/cassandra/schema.js'
import { StampedStatement, StampedWrite } from '../../src/adapters/cassandra/session/stamped.js'
import { statementsOf } from '../../src/adapters/cassandra/statements.js'
import { writeTime } from '../../src/stream/position.js'

const at = (offset: number) => ({ generation: 3, partition: 7, offset })

describe('R6: every statement on the tables', () => {
  it.each([
    'INSERT INTO k.events (a) VALUES (?)',
    'UPDATE k.events SET a = ? WHERE b = ?',
    'DELETE FROM k.events USING TIMESTAMP ?',
    'UPDATE k.heads USING TIMESTAMP ? SET head = ? WHERE channel_id = ?',
    'INSERT INTO k.events (a) VALUES (?) USING TIMESTAMP 5',
    'INSERT INTO k.ids (a) VALUES (?) USING TIMESTAMP ? AND TTL ?',
  ])('is refused when it removes, or has no write time as its last value: %s', (cql) => {
    expect(() => new StampedStatement(cql)).toThrow('needs a write time')
  })

  it('I5: carries the write time of its command’s own position', () => {
    const statement = new StampedStatement('INSERT INTO k.events (a) VALUES (?) USING TIMESTAMP ?')
    expect(statement.at(at(5), ['x']).values).toEqual(['x', writeTime(at(5))])
    expect(writeTime(at(6))).toBeGreaterThan(writeTime(at(5)))
  })

  it.each([{ offset: -1 }, { offset: Number.NaN }, { generation: Number.NaN, offset: 1 }])(
    'is refused without a position of a command: %o',
    (wrong) => {
      const { insertHead } = statementsOf('k')
      expect(() => insertHead.at({ ...at(0), ...wrong }, ['c', 'x'])).toThrow('position')
    },
  )

  it('is made by such a statement only', () => {
    const forged = Symbol('maker') as never
    expect(() => new StampedWrite('INSERT …', ['x'], forged)).toThrow('StampedStatement')
  })

  it('is made with write times for all tables', () => {
    const written = Object.values(statementsOf('k')).flatMap((one) =>
      one instanceof StampedStatement ? [/k\.(\w+)/.exec(one.cql)?.[1]] : [],
    )
    expect(written.sort()).toEqual([...TABLES].sort())
  })
})
