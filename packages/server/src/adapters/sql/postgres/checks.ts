import type { SqlRow } from '../driver.js'
import type { WireQuery } from './connection.js'
import { PostgresUnusable, placeOf } from './unusable.js'

/** The oldest server that ends idle sessions, on which the election rests. */
const VERSION_MIN = 14

export const serverFacts: WireQuery = {
  text: `select current_setting('server_version_num')::int / 10000 as version,
    current_setting('fsync') as fsync, current_setting('full_page_writes') as full_page_writes,
    pg_is_in_recovery()::int as standby, current_setting('server_encoding') as encoding`,
}

/** What would break a promise, as a sentence each; throws PostgresUnusable unless they are allowed. */
export function checkServer(url: string, facts: SqlRow, allowUnsafe: boolean): readonly string[] {
  const place = `PostgreSQL at ${placeOf(url)}`
  if (Number(facts.version) < VERSION_MIN) {
    throw new PostgresUnusable(
      'version',
      'url',
      `${place} is version ${facts.version}: use ${VERSION_MIN} or newer.`,
    )
  }
  if (facts.encoding !== 'UTF8') {
    throw new PostgresUnusable(
      'misconfigured',
      'url',
      `${place} keeps its text as ${facts.encoding}: use a database that was made with ENCODING 'UTF8'.`,
    )
  }
  if (facts.standby === 1) {
    throw new PostgresUnusable(
      'refused',
      'url',
      `${place} is a standby, which may not write: give the address of the primary.`,
    )
  }
  const unsafe = (['fsync', 'full_page_writes'] as const)
    .filter((setting) => facts[setting] !== 'on')
    .map(
      (setting) =>
        `${place} runs with ${setting} = ${facts[setting]}, so that acknowledged messages may be lost with the machine: set it to on.`,
    )
  const [first] = unsafe
  if (first !== undefined && !allowUnsafe)
    throw new PostgresUnusable('unsafe', 'allowUnsafe', first)
  return unsafe
}
