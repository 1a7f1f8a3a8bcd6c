import type { MessageStore } from '../message-store.js'
import { type ContractRunner, casesOver } from './runner.js'
import { contentCases } from './store-content.js'
import { windowCases } from './store-id-windows.js'
import { loadCases } from './store-load.js'
import { pageCases } from './store-pages.js'
import { writeCases } from './store-write.js'

/** An adapter under test, over data of its own that is empty at first. */
export interface StoreHarness {
  /** Opens the store for the owner of a generation, over the same data each time. */
  open(generation: number): Promise<MessageStore>
  /**
   * The next write stops after so many of its single-partition steps and rejects with StoreUnavailable. Left out
   * by a store that writes a batch as a whole.
   */
  tearNextWrite?(steps: number): void
  /** Closes what is open and removes the data. */
  close(): Promise<void>
}

export interface StoreContractOptions {
  /** A batch is one transaction that checks generation and expected positions. */
  readonly transactional: boolean
  /** It tells windows of ids. @default false */
  readonly tellsIdWindows?: boolean
}

/** One case: a body that gets a fresh harness. */
export type StoreCase = (title: string, body: (harness: StoreHarness) => Promise<void>) => void

/** What every MessageStore must do. Each case has data of its own. */
export function messageStoreContract(
  name: string,
  makeHarness: () => Promise<StoreHarness>,
  options: StoreContractOptions,
  runner: ContractRunner,
): void {
  const test: StoreCase = casesOver(runner, makeHarness)
  runner.describe(`${name} is a message store`, () => {
    loadCases(test)
    writeCases(test, options)
    pageCases(test)
    contentCases(test)
    if (options.tellsIdWindows === true) windowCases(test)
  })
}
