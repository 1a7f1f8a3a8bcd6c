import { describe, it } from 'vitest'
import { messageStoreContract } from '../../src/ports/contract/message-store.js'
import { memoryStoreHarness } from './memory-store.js'

messageStoreContract(
  'the store in memory, step by step,',
  memoryStoreHarness('steps'),
  { transactional: false },
  { describe, it },
)
messageStoreContract(
  'the store in memory, batch by batch,',
  memoryStoreHarness('whole'),
  { transactional: true },
  { describe, it },
)
