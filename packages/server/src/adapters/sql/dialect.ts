import {
  type ColumnDataType,
  type ColumnDefinitionBuilder,
  type Dialect,
  type RawBuilder,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely'

/** Everything in which the SQL of one engine differs from another's. */
export interface SqlDialect {
  readonly name: 'sqlite' | 'postgres'
  readonly kysely: Pick<Dialect, 'createAdapter' | 'createIntrospector' | 'createQueryCompiler'>
  /** The type of a column that holds integers up to 2^53. */
  readonly integer: ColumnDataType | RawBuilder<unknown>
  /** The type of a column that holds text, compared by its bytes in UTF-8. */
  readonly text: ColumnDataType | RawBuilder<unknown>
  /** A column whose numbers the engine gives out, ascending and never twice (R15). */
  numbered(column: ColumnDefinitionBuilder): ColumnDefinitionBuilder
  /** What follows the closing bracket of a table that is read along its primary key. */
  readonly clustered: RawBuilder<unknown>
  /** What follows the closing bracket of any other table. */
  readonly plain: RawBuilder<unknown>
  /** What follows a select that keeps its rows from others until the transaction ends (R15). */
  readonly locked: RawBuilder<unknown>
  /** What follows a select that keeps others from changing its rows until the transaction ends (R10). */
  readonly steady: RawBuilder<unknown>
  /** Part of a statement that tells every process, once it is committed, that something may be in the outbox. */
  readonly notice?: RawBuilder<unknown>
  /** Finds a row if there is a table of the name given as parameter. */
  readonly hasTable: string
  /** The column `event` without what a delete takes away. */
  readonly redactedEvent: RawBuilder<string>
  /** A field of the column `event`, as text. */
  eventField(field: string): RawBuilder<string | null>
}

export const sqliteDialect: SqlDialect = {
  name: 'sqlite',
  kysely: {
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
  integer: 'integer',
  text: 'text',
  numbered: (column) => column.autoIncrement(),
  clustered: sql`strict, without rowid`,
  plain: sql`strict`,
  // a transaction that may write is alone from its beginning
  locked: sql``,
  steady: sql``,
  hasTable: "SELECT name FROM sqlite_master WHERE type = 'table' AND name = ?",
  redactedEvent: sql`json_remove(event, '$.text', '$.attachments', '$.metadata')`,
  eventField: (field) => sql`json_extract(event, ${sql.lit(`$.${field}`)})`,
}
