/** The suites that every adapter is held to; see each port for the MUSTs behind them. */

export { type AppendTrouble, commandLogContract, type LogHarness } from './command-log.js'
export { directoryContract } from './directory.js'
export {
  messageStoreContract,
  type StoreContractOptions,
  type StoreHarness,
} from './message-store.js'
export { type ContractCase, type ContractRunner, collectCases } from './runner.js'
