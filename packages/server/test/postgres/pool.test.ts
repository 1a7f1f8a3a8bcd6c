import { expect, it } from 'vitest'
import type { PostgresConnection } from '../../src/adapters/sql/postgres/connection.js'
import { createPool } from '../../src/adapters/sql/postgres/pool.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'

/** A connection that can be lost, and says how it came to its end. */
function fakeConnection() {
  const lost = Promise.withResolvers<Error>()
  let state: 'open' | 'ended' | 'destroyed' | 'lost' = 'open'
  const over = (how: typeof state) => {
    if (state !== 'open') return
    state = how
    lost.resolve(new Error(how))
  }
  const connection: PostgresConnection = {
    run: async () => [],
    usable: () => state === 'open',
    onLost: (listener) => void lost.promise.then(listener),
    listen: () => undefined,
    destroy: () => over('destroyed'),
    end: async () => over('ended'),
  }
  return { connection, lose: () => over('lost'), state: () => state }
}

function world(maxConnections: number) {
  const environment = createVirtualEnvironment()
  const opening: PromiseWithResolvers<PostgresConnection>[] = []
  const pool = createPool({
    environment,
    connect() {
      const one = Promise.withResolvers<PostgresConnection>()
      opening.push(one)
      return one.promise
    },
    maxConnections,
    waitTimeoutMs: 100,
    waitingMax: 10,
    onReachable: () => undefined,
  })
  return { environment, opening, pool }
}

it('a connection that is opened for a call which no longer waits does not outlive the pool', async () => {
  const { environment, opening, pool } = world(1)
  const [first, late] = [fakeConnection(), fakeConnection()]
  const taken = pool.take()
  opening[0]?.resolve(first.connection)
  await taken
  const waited = expect(pool.take()).rejects.toThrow('no connection was free')
  first.lose()
  await environment.advance(100)
  await waited
  expect(opening).toHaveLength(2)
  pool.give(first.connection)
  await pool.close()
  opening[1]?.resolve(late.connection)
  await environment.settle()
  expect(late.state()).toBe('ended')
  expect(environment.timers).toBe(0)
})

it('says goodbye to what is given back while it closes, before it is closed', async () => {
  const { environment, opening, pool } = world(2)
  const lent = fakeConnection()
  const taken = pool.take()
  opening[0]?.resolve(lent.connection)
  await taken
  let closed = false
  void pool.close().then(() => {
    closed = true
  })
  await environment.settle()
  expect([closed, lent.state()]).toEqual([false, 'open'])
  pool.give(lent.connection)
  await environment.settle()
  expect([closed, lent.state()]).toEqual([true, 'ended'])
})
