import { afterAll, describe, it } from 'vitest'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { createSqlDirectory } from '../../src/adapters/sql/directory.js'
import { directoryContract } from '../../src/ports/contract/directory.js'
import { sharedDataDir } from './data-dir.js'

const dataDir = sharedDataDir()
afterAll(() => dataDir.remove())

async function sqliteDirectory() {
  const { driver } = await dataDir.open()
  const directory = createSqlDirectory(driver, nodeEnvironment)
  return { ...directory, close: () => dataDir.clear() }
}

directoryContract('The directory on SQLite', sqliteDirectory, { describe, it })
