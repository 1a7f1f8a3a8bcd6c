import type { LogGeneration, LogRegistry } from '../../ports/log-registry.js'
import { queryOne, type SqlDriver } from './driver.js'

const PREFIX = 'log_generation_'

/** The registry of logs in the database's own notes, one row for each generation. */
export function createSqlLogRegistry(driver: Pick<SqlDriver, 'query' | 'begin'>): LogRegistry {
  return {
    async read() {
      const rows = await queryOne(driver, 'SELECT key, value FROM meta WHERE key LIKE ?', [
        `${PREFIX}%`,
      ])
      return rows
        .map((row) => JSON.parse(String(row.value)) as LogGeneration)
        .sort((a, b) => a.generation - b.generation)
    },
    async put(seen, next) {
      const session = await driver.begin()
      try {
        const key = `${PREFIX}${next.generation}`
        const value = JSON.stringify(next)
        const query =
          seen === undefined
            ? {
                sql: 'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO NOTHING',
                params: [key, value],
              }
            : {
                sql: 'UPDATE meta SET value = ? WHERE key = ? AND value = ?',
                params: [value, key, JSON.stringify(seen)],
              }
        const { changes } = await session.execute(query, 'changes')
        await session.commit()
        return changes === 1
      } catch (error) {
        await session.rollback()
        throw error
      }
    },
  }
}
