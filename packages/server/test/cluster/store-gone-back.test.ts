import { describe, expect, it } from 'vitest'
import { createMemoryStoredMarks } from '../../src/adapters/memory/stored-marks.js'
import { refuseStoreGoneBack } from '../../src/cluster/store-gone-back.js'
import { StartError } from '../../src/compose/start-error.js'
import { StoreUnavailable } from '../../src/ports/message-store.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'

const AT = [0, 1, 2].map((partition) => ({ generation: 4, partition, offset: partition * 10 }))

function world(known: readonly number[], away = 0) {
  const environment = createVirtualEnvironment()
  const marks = createMemoryStoredMarks(
    new Map(known.map((mark, partition) => [`4 ${partition}`, mark])),
  )
  const troubles: unknown[] = []
  const log = {
    async committed() {
      if (away-- > 0) throw new StoreUnavailable('nobody answers')
      return AT
    },
  }
  const options = {
    store: 'cassandra' as const,
    environment,
    onTrouble: (_: string, error: unknown) => troubles.push(error),
  }
  return { environment, marks, log, options, troubles }
}

describe('the look at log and store before a start (R8)', () => {
  it('R8: takes a store that knows of everything, and of more', async () => {
    const { log, marks, options } = world([0, 10, 25])
    await refuseStoreGoneBack(log, marks, options)
  })

  it('R8: names the first partition of which the store knows less', async () => {
    const { log, marks, options } = world([0, 10, 19])
    const refused = await refuseStoreGoneBack(log, marks, options).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(StartError)
    expect(String(refused)).toContain('offset 20 of partition 2 of generation 4')
    expect(String(refused)).toContain('only up to offset 19')
    expect((refused as StartError).remedy).toContain('cassandraKeyspace')
  })

  it('R3: asks all replicas before it refuses', async () => {
    const { log, marks, options } = world([0, 10, 20])
    const behind = {
      read: async (...[place, how]: Parameters<typeof marks.read>) =>
        how?.confirm === true ? marks.read(place) : 0,
    }
    await refuseStoreGoneBack(log, behind, options)
  })

  it('waits for who does not answer at once, and says so when it is too long', async () => {
    const patient = world([0, 10, 20], 5)
    const looked = refuseStoreGoneBack(patient.log, patient.marks, patient.options)
    await patient.environment.advance(5_000)
    await looked
    expect(patient.troubles).toHaveLength(5)

    const { environment, log, marks, options } = world([], Number.POSITIVE_INFINITY)
    const refused = refuseStoreGoneBack(log, marks, options).catch((error: unknown) => error)
    await environment.advance(60_000)
    expect(await refused).toBeInstanceOf(StartError)
    expect(String(await refused)).toContain('nobody answers')
  })
})
