import { afterAll, describe, it } from 'vitest'
import { createSqlLogRegistry } from '../../src/adapters/sql/log-registry.js'
import { logRegistryContract } from '../../src/ports/contract/log-registry.js'
import { useService } from '../services/use-service.js'
import { testDatabase } from './database.js'

const database = await testDatabase((await useService('postgres')).url)
afterAll(() => database.remove())
/** Two processes, each with connections of its own. */
const processes = [await database.open(), await database.open()]

logRegistryContract(
  'PostgreSQL',
  async () => {
    let opens = 0
    return {
      async open() {
        const process = processes[opens++ % processes.length]
        if (process === undefined) throw new Error('no process')
        return createSqlLogRegistry(process.driver)
      },
      async restart() {
        await Promise.all(processes.splice(0).map((process) => process.close()))
        processes.push(await database.open(), await database.open())
        const [first] = processes
        if (first === undefined) throw new Error('no process')
        return createSqlLogRegistry(first.driver)
      },
      async close() {
        await database.ask("delete from tidings.meta where key like 'log\\_generation\\_%'")
      },
    }
  },
  { describe, it },
)
