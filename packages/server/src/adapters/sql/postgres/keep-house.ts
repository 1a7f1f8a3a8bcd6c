import { aborted } from '../../../environment/aborted.js'
import type { Candidacy } from '../../../ports/election.js'
import type { ServerEnvironment } from '../../../ports/environment.js'
import { type Chore, startHousekeeping } from '../housekeeping.js'
import { expireIds } from '../id-expiry.js'
import { redactDeleted } from '../redaction.js'
import type { OpenPostgres } from './open.js'

/**
 * Forgets old ids and takes deleted content out of the rows of a message store (R6, I7), in one process over all that
 * use it. `logRetentionMs`: how long the log keeps what may be folded again (R4).
 */
export function keepHouse(
  { driver, electionOf }: Pick<OpenPostgres, 'driver' | 'electionOf'>,
  environment: ServerEnvironment,
  logRetentionMs: number,
): Candidacy {
  const chores = [expireIds(driver.dialect, logRetentionMs), redactDeleted(driver.dialect)]
  return doChores({ driver, electionOf }, environment, chores)
}

/** Does chores again and again, in one process over all that stand for the office. */
export function doChores(
  { driver, electionOf }: Pick<OpenPostgres, 'driver' | 'electionOf'>,
  environment: ServerEnvironment,
  chores: readonly Chore[],
): Candidacy {
  return electionOf('housekeeping').stand(async (held) => {
    const { stop } = startHousekeeping(driver, environment, chores)
    await aborted(held)
    stop()
  })
}
