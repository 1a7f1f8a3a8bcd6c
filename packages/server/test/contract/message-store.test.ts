import { describe, it } from 'vitest'
import { messageStoreContract } from '../../src/ports/contract/message-store.js'
import { memoryStoreHarness } from './memory-store.js'
import { refuses } from './refused.js'
import { WRONG_STORES } from './wrong-stores.js'

messageStoreContract(
  'the store in memory, step by step,',
  memoryStoreHarness('steps'),
  { transactional: false, tellsIdWindows: true },
  { describe, it },
)
messageStoreContract(
  'the store in memory, batch by batch,',
  memoryStoreHarness('whole'),
  { transactional: true },
  { describe, it },
)

refuses('a message store that', WRONG_STORES, ({ make, transactional }, name) => (runner) => {
  messageStoreContract(name, make, { transactional, tellsIdWindows: !transactional }, runner)
})
