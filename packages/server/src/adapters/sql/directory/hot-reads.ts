import type { Directory, UserRecord } from '../../../ports/directory.js'
import type { SqlDriver } from '../driver.js'
import { kyselyOver } from '../kysely.js'
import type { UsersTable } from '../schema.js'
import { coalesce } from '../store/coalesce.js'
import { type MembershipRow, membershipIn, memberships } from './membership-reads.js'

export interface HotReads extends Pick<Directory, 'membership' | 'membershipsOf'> {
  user(userId: string): Promise<UserRecord | undefined>
}

/**
 * What each hello and each first command of a member asks. Written once, and what is asked in one turn crosses
 * together: everybody who comes back after a cut asks at once.
 */
export function hotReads(driver: SqlDriver): HotReads {
  const db = kyselyOver(driver)
  const ofPair = memberships(db)
    .where('members.channel_id', '=', '')
    .where('members.user_id', '=', '')
    .compile().sql
  const ofUser = memberships(db)
    .where('members.user_id', '=', '')
    .orderBy('members.joined_no', 'desc')
    // joins that did not wait for each other may have one number
    .orderBy('members.channel_id', 'desc')
    .compile().sql
  const byId = db.selectFrom('users').selectAll().where('user_id', '=', '').compile().sql
  const ask = coalesce(driver)
  const rows = async (sql: string, params: readonly string[]) => {
    const [answers] = await ask([{ sql, rows: [params] }])
    return answers?.[0] ?? []
  }
  const read = async (sql: string, params: readonly string[]) =>
    ((await rows(sql, params)) as unknown as readonly MembershipRow[]).flatMap(membershipIn)
  return {
    membership: async (channelId, userId) => (await read(ofPair, [channelId, userId]))[0],
    membershipsOf: (userId) => read(ofUser, [userId]),
    async user(userId) {
      const [row] = (await rows(byId, [userId])) as unknown as readonly UsersTable[]
      return row && { userId, name: row.name, createdAt: row.created_at }
    },
  }
}
