import { afterAll, describe, expect, it } from 'vitest'
import { withDefaults } from '../../src/adapters/cassandra/options.js'
import { openSession } from '../../src/adapters/cassandra/session/session.js'
import { connect } from '../../src/adapters/cassandra/start/connect.js'
import { createMarks } from '../../src/adapters/cassandra/store/marks.js'
import { storedMarksContract } from '../../src/ports/contract/stored-marks.js'
import { StreamBuilder } from '../../src/ports/contract/stream-builder.js'
import type { StoredMarks } from '../../src/ports/stored-marks.js'
import { openWorld } from './harness.js'
import { operator, service } from './world.js'

const world = await openWorld()
afterAll(() => world.close())

/** The marks of one case, in generations that no other case has. */
function apart(marks: StoredMarks, first: number): StoredMarks {
  const there = <P extends { readonly generation: number }>(place: P): P => ({
    ...place,
    generation: first + place.generation,
  })
  return {
    read: (place, options) => marks.read(there(place), options),
    raise: (to, from) => marks.raise(there(to), from),
  }
}

let cases = 0
storedMarksContract(
  'Cassandra',
  async () => {
    const first = 1_000 * ++cases
    const settings = withDefaults({ ...service, keyspace: world.keyspace })
    const clients = [await connect(settings)]
    const over = (session: typeof world.session) =>
      apart(createMarks({ session, keyspace: world.keyspace }), first)
    return {
      open: async () => over(world.session),
      async restart() {
        const client = await connect(settings)
        clients.push(client)
        return over(openSession(client, settings))
      },
      async close() {
        await Promise.all(clients.map((client) => client.shutdown()))
      },
    }
  },
  { describe, it },
)

describe('marks on Cassandra', () => {
  it('R6, I5: are written under the position that they name, and are gone with the keyspace alone', async () => {
    const marks = createMarks({ session: world.session, keyspace: world.keyspace })
    const position = new StreamBuilder('c', { generation: 7 }).at(41)
    await marks.raise(position, 0)
    const client = await operator()
    const { rows } = await client.execute(
      `SELECT writetime(mark) AS at, mark FROM ${world.keyspace}.marks WHERE generation = 7 AND log_partition = 0`,
    )
    await client.shutdown()
    expect(rows[0]).toMatchObject({ at: 7n * 2n ** 40n + 41n, mark: 41n })
  })
})
