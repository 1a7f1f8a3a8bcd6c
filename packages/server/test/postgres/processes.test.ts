import { afterAll, describe, expect, it } from 'vitest'
import { createPostgresProcesses } from '../../src/adapters/sql/postgres/processes.js'
import { processesContract } from '../../src/ports/contract/processes.js'
import { useService } from '../services/use-service.js'
import { until } from '../support/wait.js'
import { testDatabase } from './database.js'

const LEASE_MS = 500

const database = await testDatabase((await useService('postgres')).url)
afterAll(() => database.remove())

processesContract(
  'PostgreSQL',
  async () => {
    const { driver, close } = await database.open()
    await database.ask("DELETE FROM tidings.meta WHERE key LIKE 'process_%'")
    const processes = createPostgresProcesses(driver, { leaseMs: LEASE_MS })
    return {
      processes,
      open: async () => createPostgresProcesses(driver, { leaseMs: LEASE_MS }),
      async endLeases() {
        await until(
          'every lease is over',
          async () => (await processes.list()).entries.length === 0,
        )
      },
      breakEngine: close,
      close,
    }
  },
  { describe, it },
)

describe('processes in PostgreSQL', () => {
  it('I7: forgets who ended long ago', async () => {
    const { driver } = await database.open()
    await createPostgresProcesses(driver, { leaseMs: 1 }).renew({ processId: 'old', address: 'a' })
    await until('it is long ago', async () => {
      await createPostgresProcesses(driver, { leaseMs: 1 }).renew({ processId: 'p', address: 'a' })
      const rows = await database.ask("SELECT 1 FROM tidings.meta WHERE key = 'process_old'")
      return rows.length === 0
    })
    expect((await createPostgresProcesses(driver).list()).complete).toBe(true)
  })
})
