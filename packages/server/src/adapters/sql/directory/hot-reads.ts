import type { Directory } from '../../../ports/directory.js'
import type { SqlDriver } from '../driver.js'
import { kyselyOver } from '../kysely.js'
import type { MembersTable } from '../schema.js'
import { coalesce } from '../store/coalesce.js'
import { membershipIn, memberships } from './membership.js'

type Row = MembersTable & { workspace_id: string }

/**
 * What each hello and each first command of a member asks. Written once, and what is asked in one turn crosses
 * together: everybody who comes back after a cut asks at once.
 */
export function hotReads(driver: SqlDriver): Pick<Directory, 'membership' | 'membershipsOf'> {
  const db = kyselyOver(driver)
  const ofPair = memberships(db)
    .where('members.channel_id', '=', '')
    .where('members.user_id', '=', '')
    .compile().sql
  const ofUser = memberships(db)
    .where('members.user_id', '=', '')
    .orderBy('members.joined_no', 'desc')
    .compile().sql
  const ask = coalesce(driver)
  const read = async (sql: string, params: readonly string[]) => {
    const [answers] = await ask([{ sql, rows: [params] }])
    return ((answers?.[0] ?? []) as unknown as readonly Row[]).flatMap(membershipIn)
  }
  return {
    membership: async (channelId, userId) => (await read(ofPair, [channelId, userId]))[0],
    membershipsOf: (userId) => read(ofUser, [userId]),
  }
}
