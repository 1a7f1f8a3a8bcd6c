import type { Directory } from '../directory.js'
import { banCases } from './directory-bans.js'
import { channelCases } from './directory-channels.js'
import { memberCases } from './directory-members.js'
import { outboxCases } from './directory-outbox.js'
import { peopleCases } from './directory-people.js'
import { rankCases } from './directory-ranks.js'
import type { ContractRunner } from './runner.js'

/** One case: a body that gets a directory of its own, empty at first. */
export type DirectoryCase = (title: string, body: (directory: Directory) => Promise<void>) => void

/** What every Directory must do. `make` opens one on data of its own; `close` of it removes them. */
export function directoryContract(
  name: string,
  make: () => Promise<Directory>,
  runner: ContractRunner,
): void {
  const test: DirectoryCase = (title, body) =>
    runner.it(title, async () => {
      const directory = await make()
      try {
        await body(directory)
      } finally {
        await directory.close()
      }
    })
  runner.describe(`${name} is a directory`, () => {
    peopleCases(test)
    channelCases(test)
    memberCases(test)
    rankCases(test)
    banCases(test)
    outboxCases(test)
  })
}
