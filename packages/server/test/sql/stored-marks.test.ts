import { describe, it } from 'vitest'
import { createSqlStoredMarks } from '../../src/adapters/sql/stored-marks.js'
import { storedMarksContract } from '../../src/ports/contract/stored-marks.js'
import { testDataDir } from './data-dir.js'

storedMarksContract(
  'SQLite',
  async () => {
    const dataDir = await testDataDir()
    let opened = await dataDir.open()
    return {
      open: async () => createSqlStoredMarks(opened.driver),
      async restart() {
        await opened.close()
        opened = await dataDir.open()
        return createSqlStoredMarks(opened.driver)
      },
      close: () => dataDir.remove(),
    }
  },
  { describe, it },
)
