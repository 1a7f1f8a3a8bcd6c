import { afterAll, describe, it } from 'vitest'
import { createSqlStoredMarks } from '../../src/adapters/sql/stored-marks.js'
import { storedMarksContract } from '../../src/ports/contract/stored-marks.js'
import { useService } from '../services/use-service.js'
import { testDatabase } from './database.js'

const database = await testDatabase((await useService('postgres')).url)
afterAll(() => database.remove())
/** Two processes, each with connections of its own. */
const processes = [await database.open(), await database.open()]

storedMarksContract(
  'PostgreSQL',
  async () => {
    let opens = 0
    const opened = (i: number) => {
      const process = processes[i % processes.length]
      if (process === undefined) throw new Error('no process')
      return createSqlStoredMarks(process.driver)
    }
    return {
      open: async () => opened(opens++),
      async restart() {
        await Promise.all(processes.splice(0).map((process) => process.close()))
        processes.push(await database.open(), await database.open())
        return opened(0)
      },
      close: () => database.clear(),
    }
  },
  { describe, it },
)
