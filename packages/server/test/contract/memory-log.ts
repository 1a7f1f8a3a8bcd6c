import { createControlledCommandLog } from '../../src/adapters/memory/controlled-log.js'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import type { CommandLog } from '../../src/ports/command-log.js'
import type { LogHarness } from '../../src/ports/contract/command-log.js'

/** The log in memory under test, perhaps with something broken around it. */
export function memoryLogHarness(
  partitions: number,
  wrap: (log: CommandLog) => CommandLog = (log) => log,
): () => Promise<LogHarness> {
  return async () => {
    const controls = createControlledCommandLog({
      environment: nodeEnvironment,
      generation: 3,
      partitions,
      drainTimeoutMs: 100,
    })
    const log = wrap(controls.log)
    return {
      open: async () => log,
      loseOwnership: controls.loseOwnership,
      troubleNextAppend: (_, trouble) => controls.failNextAppend(trouble),
      close: () => controls.log.close(),
    }
  }
}
