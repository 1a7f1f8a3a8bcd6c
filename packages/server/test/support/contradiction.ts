import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * Writes into a data folder that nobody has open what no log of its holds: the channel's next number is taken, far up
 * in the log of the next start. Whoever folds the channel's next command meets it (R3).
 */
export function contradict(dataDir: string, channelId: string): void {
  const database = new DatabaseSync(join(dataDir, 'tidings.db'))
  try {
    const rowOf = (sql: string, ...values: (string | number)[]) => {
      const row = database.prepare(sql).get(...values)
      if (row === undefined) throw new Error(`nothing to contradict: ${sql}`)
      return row
    }
    const { value } = rowOf("SELECT value FROM meta WHERE key = 'generation'")
    const place = { generation: Number(value) + 1, log_offset: 1_000 }
    const head = rowOf('SELECT * FROM heads WHERE channel_id = ?', channelId)
    const seq = Number(head.head_seq) + 1
    const last = rowOf(
      'SELECT * FROM events WHERE channel_id = ? AND channel_seq = ?',
      channelId,
      seq - 1,
    )
    const event = JSON.stringify({ ...JSON.parse(String(last.event)), channel_seq: seq })
    const insert = (table: string, row: Record<string, string | number>) => {
      const names = Object.keys(row)
      database
        .prepare(`REPLACE INTO ${table} (${names}) VALUES (${names.map(() => '?')})`)
        .run(...Object.values(row))
    }
    insert('events', { ...last, ...place, channel_seq: seq, event } as never)
    insert('heads', { ...head, ...place, head_seq: seq } as never)
  } finally {
    database.close()
  }
}
