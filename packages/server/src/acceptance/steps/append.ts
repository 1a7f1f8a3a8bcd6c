import type { AppendOutcome, CommandLog } from '../../ports/command-log.js'
import type { Command } from '../../stream/command.js'
import { type Draft, refuse, type Step } from '../draft.js'

const UNKNOWN: AppendOutcome = { status: 'unknown', reason: 'the log did not answer' }
const RETRY_AFTER_MS = 1_000

/** Everything of a batch in one append, in order. An answer that did not come may still be in the log. */
export function append(log: Pick<CommandLog, 'append'>): Step {
  return {
    name: 'append',
    async run(drafts) {
      const stamped = drafts.filter((draft): draft is Draft & { command: Command } =>
        Boolean(draft.command),
      )
      const outcomes = await outcomesOf(log, stamped)
      stamped.forEach((draft, i) => {
        settle(draft, outcomes[i] ?? UNKNOWN)
      })
    },
  }
}

async function outcomesOf(
  log: Pick<CommandLog, 'append'>,
  drafts: readonly { readonly command: Command }[],
): Promise<readonly AppendOutcome[]> {
  try {
    return await log.append(drafts.map((draft) => draft.command))
  } catch {
    return []
  }
}

function settle(draft: Draft, outcome: AppendOutcome): void {
  switch (outcome.status) {
    case 'appended':
      draft.verdict = { status: 'appended' }
      return
    case 'refused':
      refuse(draft, 'unavailable', {
        outcome: 'not_sent',
        retryAfterMs: outcome.retryAfterMs ?? RETRY_AFTER_MS,
      })
      return
    case 'unknown':
      refuse(draft, 'unavailable', { outcome: 'unknown', retryAfterMs: RETRY_AFTER_MS })
  }
}
