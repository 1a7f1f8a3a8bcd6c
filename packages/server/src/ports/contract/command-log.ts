import type { CommandLog } from '../command-log.js'
import { orderCases } from './log-order.js'
import { ownershipCases } from './log-ownership.js'
import { troubleCases } from './log-trouble.js'
import { type ContractRunner, casesOver, type Eventually, eventuallyWithin } from './runner.js'

/** What may become of an append whose caller is not told that it was appended. */
export type AppendTrouble = 'appended_unanswered' | 'lost_unanswered' | 'refused'

/** An adapter under test, over a log of its own that is empty at first. */
export interface LogHarness {
  /** Another process with the same log; in one process it may be the same object. */
  open(): Promise<CommandLog>
  /** Ends the ownership of a partition, as a rebalance would; whoever owns it then gets another assignment. */
  loseOwnership(partition: number): void | Promise<void>
  troubleNextAppend(log: CommandLog, trouble: AppendTrouble): void
  /** Closes what is open and removes the data. */
  close(): Promise<void>
}

/** One case: a body that gets a fresh harness, and its log opened. */
export type LogCase = (
  title: string,
  body: (harness: LogHarness, log: CommandLog, eventually: Eventually) => Promise<void>,
) => void

/** What every CommandLog must do. Each case has a log of its own. */
export function commandLogContract(
  name: string,
  makeHarness: () => Promise<LogHarness>,
  runner: ContractRunner,
): void {
  const over = casesOver(runner, makeHarness)
  const test: LogCase = (title, body) =>
    over(title, async (harness) =>
      body(harness, await harness.open(), eventuallyWithin(runner.patienceMs)),
    )
  runner.describe(`${name} is a command log`, () => {
    orderCases(test)
    ownershipCases(test)
    troubleCases(test)
  })
}
