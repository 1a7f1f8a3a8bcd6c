import pg from 'pg'

export interface Filling {
  readonly url: string
  readonly schema: string
  readonly workspaceId: string
  readonly channelId: string
  /** How many members there are afterwards. */
  readonly members: number
}

const MEMBERS = `INSERT INTO members
    (channel_id, user_id, role, version, visible_from_seq, banned, joined_no)
  SELECT $1, user_id, 'member', 1, NULL, 0, number FROM (
    SELECT 'far-' || number AS user_id, number FROM generate_series(1, $2::int) AS number
  ) AS far
  ON CONFLICT DO NOTHING`
const COLLEAGUES = `INSERT INTO workspace_members (workspace_id, user_id, role)
  SELECT $1, 'far-' || number, 'member' FROM generate_series(1, $2::int) AS number
  ON CONFLICT DO NOTHING`
const COUNT = `UPDATE channels
  SET member_count = (SELECT count(*) FROM members WHERE channel_id = $1 AND role IS NOT NULL)
  WHERE channel_id = $1 RETURNING member_count`

/**
 * Members that are in the directory, as if they had joined long ago: each join is a record of the log, which is not
 * what is to be measured. Whoever asks for the channel after it finds them.
 */
export async function fillChannel({ url, schema, workspaceId, channelId, members }: Filling) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(`SET search_path TO ${client.escapeIdentifier(schema)}`)
    await client.query(COLLEAGUES, [workspaceId, members])
    await client.query(MEMBERS, [channelId, members])
    const { rows } = await client.query(COUNT, [channelId])
    if (Number(rows[0]?.member_count) < members) throw new Error(`${channelId} was not filled`)
  } finally {
    await client.end()
  }
}
