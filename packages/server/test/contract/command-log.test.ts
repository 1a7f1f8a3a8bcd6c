import { describe, it } from 'vitest'
import { commandLogContract } from '../../src/ports/contract/command-log.js'
import { memoryLogHarness } from './memory-log.js'
import { refuses } from './refused.js'
import { WRONG_LOGS } from './wrong-logs.js'

commandLogContract('the log in memory with one partition', memoryLogHarness(1), { describe, it })
commandLogContract('the log in memory with 8 partitions', memoryLogHarness(8), { describe, it })

refuses('a command log that', WRONG_LOGS, ({ wrap }, name) => (runner) => {
  commandLogContract(name, memoryLogHarness(2, wrap), runner)
})
