import { describe, it } from 'vitest'
import { createMemoryElection } from '../../src/adapters/memory/election.js'
import { electionContract } from '../../src/ports/contract/election.js'

electionContract(
  'The election in memory',
  async () => {
    const election = createMemoryElection()
    return { join: async () => election, close: async () => undefined }
  },
  { describe, it },
)
