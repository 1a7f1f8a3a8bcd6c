import { afterAll, describe, it } from 'vitest'
import { messageStoreContract } from '../../src/ports/contract/message-store.js'
import { makeHarness, openWorld } from './harness.js'
import { prefixed } from './prefixed.js'

const world = await openWorld()
afterAll(() => world.close())

messageStoreContract(
  'the store on Cassandra',
  makeHarness(world, prefixed),
  { transactional: false, tellsIdWindows: true },
  { describe, it },
)
