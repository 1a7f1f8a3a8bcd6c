import { afterAll, describe, it } from 'vitest'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { createSqlDirectory } from '../../src/adapters/sql/directory.js'
import { directoryContract } from '../../src/ports/contract/directory.js'
import { useService } from '../services/use-service.js'
import { testDatabase } from './database.js'

const database = await testDatabase((await useService('postgres')).url)
afterAll(() => database.remove())
const { driver } = await database.open()

async function postgresDirectory() {
  const directory = createSqlDirectory(driver, nodeEnvironment)
  return { ...directory, close: () => database.clear() }
}

directoryContract('The directory on PostgreSQL', postgresDirectory, { describe, it })
