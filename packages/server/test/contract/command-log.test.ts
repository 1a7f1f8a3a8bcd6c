import { describe, expect, it } from 'vitest'
import { commandLogContract } from '../../src/ports/contract/command-log.js'
import { memoryLogHarness } from './memory-log.js'
import { failedCases, REFUSAL_TIMEOUT_MS } from './refused.js'
import { WRONG_LOGS } from './wrong-logs.js'

commandLogContract('the log in memory with one partition', memoryLogHarness(1), { describe, it })
commandLogContract('the log in memory with 8 partitions', memoryLogHarness(8), { describe, it })

describe('the contract refuses a command log that', () => {
  it.each(Object.entries(WRONG_LOGS))(
    '%s',
    async (name, { wrap, fails }) => {
      const failed = await failedCases((runner) =>
        commandLogContract(name, memoryLogHarness(2, wrap), runner),
      )
      expect(failed).toContainEqual(expect.stringMatching(fails))
    },
    REFUSAL_TIMEOUT_MS,
  )
})
