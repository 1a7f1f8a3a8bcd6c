import { describe, expect, it } from 'vitest'
import { messageStoreContract } from '../../src/ports/contract/message-store.js'
import { memoryStoreHarness } from './memory-store.js'
import { failedCases, REFUSAL_TIMEOUT_MS } from './refused.js'
import { WRONG_STORES } from './wrong-stores.js'

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

describe('the contract refuses a message store that', () => {
  it.each(Object.entries(WRONG_STORES))(
    '%s',
    async (name, { make, transactional, fails }) => {
      const failed = await failedCases((runner) =>
        messageStoreContract(name, make, { transactional }, runner),
      )
      expect(failed).toContainEqual(expect.stringMatching(fails))
    },
    REFUSAL_TIMEOUT_MS,
  )
})
