import { describe, it } from 'vitest'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { createSqlDirectory } from '../../src/adapters/sql/directory.js'
import { directoryContract } from '../../src/ports/contract/directory.js'
import { testDataDir } from './data-dir.js'

async function sqliteDirectory() {
  const dataDir = await testDataDir()
  const { driver } = await dataDir.open()
  const directory = createSqlDirectory(driver, nodeEnvironment)
  return { ...directory, close: () => dataDir.remove() }
}

directoryContract('The directory on SQLite', sqliteDirectory, { describe, it })
