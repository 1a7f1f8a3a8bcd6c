/** One thing that must hold. Each row that its query finds breaks it, and says where. */
export interface Check {
  /** Names the invariant or rule that would be broken. */
  readonly name: string
  readonly sql: string
}

/** Rows of one channel and epoch with the row before them. */
const WITH_PREVIOUS = `
  SELECT channel_id, epoch, channel_seq, message_count, is_message, generation, log_offset,
    lag(channel_seq) OVER numbers AS previous_seq,
    lag(message_count) OVER numbers AS previous_count,
    lag(generation) OVER numbers AS previous_generation,
    lag(log_offset) OVER numbers AS previous_offset
  FROM events WINDOW numbers AS (PARTITION BY channel_id, epoch ORDER BY channel_seq)`

/** Where each epoch of each channel began. */
const STARTS = `
  SELECT channel_id, epoch, from_seq, message_count FROM state_changes WHERE kind = 'epoch'
  UNION ALL SELECT channel_id, 1, 0, 0 FROM heads`

/** How long ids are certain to be there (I3), in milliseconds. */
const ID_WINDOW_MS = 7 * 24 * 60 * 60 * 1000

/** A field of an event; null also where the event cannot be read. */
const field = (name: string, event = 'event'): string =>
  `json_extract(CASE WHEN json_valid(${event}) THEN ${event} END, '$.${name}')`

/** Everything that `check` looks at, beside the file itself. */
export const checksAt = (nowMs: number): readonly Check[] => [
  {
    name: 'I2: the numbers of a channel and epoch follow each other without a hole',
    sql: `SELECT channel_id, epoch, channel_seq FROM (${WITH_PREVIOUS})
      WHERE previous_seq IS NOT NULL AND channel_seq <> previous_seq + 1`,
  },
  {
    name: 'I2: the numbers of an epoch begin where it started',
    sql: `SELECT firsts.channel_id, firsts.epoch, first_seq FROM (
        SELECT channel_id, epoch, min(channel_seq) AS first_seq FROM events GROUP BY channel_id, epoch
      ) AS firsts LEFT JOIN (${STARTS}) AS starts USING (channel_id, epoch)
      WHERE starts.from_seq IS NULL OR first_seq <> starts.from_seq + 1`,
  },
  {
    name: 'R10: what an epoch keeps of older ones is there',
    sql: `SELECT c.channel_id, c.epoch, c.from_seq FROM state_changes AS c
      WHERE c.kind = 'epoch' AND c.from_seq > 0 AND NOT EXISTS (
        SELECT 1 FROM events AS e WHERE e.channel_id = c.channel_id AND e.epoch < c.epoch
          AND e.channel_seq = c.from_seq)`,
  },
  {
    name: 'I2: the head of a channel is its last number',
    sql: `SELECT h.channel_id, h.epoch, h.head_seq FROM heads AS h
      LEFT JOIN (SELECT channel_id, epoch, max(channel_seq) AS last_seq FROM events
        GROUP BY channel_id, epoch) AS lasts USING (channel_id, epoch)
      LEFT JOIN (${STARTS}) AS starts USING (channel_id, epoch)
      WHERE h.head_seq <> coalesce(lasts.last_seq, starts.from_seq, -1)`,
  },
  {
    name: 'I2: every channel with events has a head',
    sql: `SELECT DISTINCT channel_id FROM events
      WHERE channel_id NOT IN (SELECT channel_id FROM heads)`,
  },
  {
    name: 'message_count counts the messages up to each event',
    sql: `SELECT rows.channel_id, rows.epoch, rows.channel_seq, rows.message_count
      FROM (${WITH_PREVIOUS}) AS rows LEFT JOIN (${STARTS}) AS starts USING (channel_id, epoch)
      WHERE rows.message_count <>
        coalesce(previous_count, starts.message_count, 0) + rows.is_message`,
  },
  {
    name: 'message_count of a head is that of its last number',
    sql: `SELECT h.channel_id, h.head_seq, h.message_count FROM heads AS h
      JOIN events AS e ON e.channel_id = h.channel_id AND e.epoch = h.epoch
        AND e.channel_seq = h.head_seq
      WHERE e.message_count <> h.message_count`,
  },
  {
    name: 'R6: positions rise with the numbers',
    sql: `SELECT channel_id, epoch, channel_seq FROM (${WITH_PREVIOUS})
      WHERE (generation, log_offset) <= (previous_generation, previous_offset)`,
  },
  {
    name: 'R6: a channel stands where its last change was written',
    sql: `SELECT h.channel_id, h.generation, h.log_offset FROM heads AS h
      JOIN events AS e ON e.channel_id = h.channel_id AND e.epoch = h.epoch
        AND e.channel_seq = h.head_seq
      WHERE (e.generation, e.log_offset) > (h.generation, h.log_offset)`,
  },
  {
    name: 'R9: an event says of itself what its row says',
    sql: `SELECT channel_id, epoch, channel_seq FROM events
      WHERE json_valid(event) = 0 OR ${field('channel_id')} IS NOT channel_id
        OR ${field('channel_seq')} IS NOT channel_seq
        OR coalesce(${field('epoch')}, 1) IS NOT epoch
        OR ${field('message_count')} IS NOT message_count
        OR (${field('type')} = 'message.new') IS NOT is_message`,
  },
  {
    name: 'I3: an accepted id names the event that it became',
    sql: `SELECT i.channel_id, i.epoch, i.channel_seq, i.client_msg_id FROM ids AS i
      LEFT JOIN events AS e ON e.channel_id = i.channel_id AND e.epoch = i.epoch
        AND e.channel_seq = i.channel_seq
      WHERE i.status = 0 AND (e.event IS NULL
        OR e.generation <> i.generation OR e.log_offset <> i.log_offset
        OR ${field('client_msg_id', 'e.event')} IS NOT i.client_msg_id)`,
  },
  {
    name: 'I3: the id of every event of the last seven days is remembered',
    sql: `SELECT e.channel_id, e.epoch, e.channel_seq FROM events AS e
      WHERE e.accepted_at > max((SELECT max(accepted_at) FROM events), ${nowMs}) - ${ID_WINDOW_MS}
        AND NOT EXISTS (SELECT 1 FROM ids AS i
          WHERE i.client_msg_id = ${field('client_msg_id', 'e.event')}
            AND i.channel_id = e.channel_id AND i.generation = e.generation
            AND i.log_offset = e.log_offset)`,
  },
  {
    name: 'R9: what an event did was done to a message that is there',
    sql: `SELECT f.channel_id, f.target_epoch, f.target_seq FROM effects AS f
      LEFT JOIN events AS e ON e.channel_id = f.channel_id AND e.epoch = f.target_epoch
        AND e.channel_seq = f.target_seq
      WHERE e.is_message IS NOT 1`,
  },
  {
    name: 'R9: what was done to a message was done by an event that is there',
    sql: `SELECT f.channel_id, f.by_epoch, f.by_seq FROM effects AS f
      LEFT JOIN events AS e ON e.channel_id = f.channel_id AND e.epoch = f.by_epoch
        AND e.channel_seq = f.by_seq
      WHERE e.event IS NULL OR e.generation <> f.generation OR e.log_offset <> f.log_offset`,
  },
  {
    name: 'a channel has as many members as it says',
    sql: `SELECT c.channel_id, c.member_count FROM channels AS c
      WHERE c.member_count <> (SELECT count(*) FROM members AS m
        WHERE m.channel_id = c.channel_id AND m.role IS NOT NULL)`,
  },
]
