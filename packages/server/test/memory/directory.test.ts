import { describe, it } from 'vitest'
import { createMemoryDirectory } from '../../src/adapters/memory/directory.js'
import { directoryContract } from '../../src/ports/contract/directory.js'

let now = 1_000
const environment = {
  now: () => {
    now += 1
    return now
  },
}

directoryContract('The directory in memory', async () => createMemoryDirectory(environment), {
  describe,
  it,
})
