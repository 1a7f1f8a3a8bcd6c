import { describe } from 'vitest'
import { createMemoryStorage } from '../../src/storage/memory.js'
import { storageContract } from './contract.js'

describe('the outbox storage in memory', () => {
  storageContract(async () => {
    const open = createMemoryStorage()
    return { open, reopen: open, cleanUp: async () => {} }
  })
})
