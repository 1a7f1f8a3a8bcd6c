import { sql } from 'kysely'
import { queryOne, type SqlDriver, type SqlSession } from './driver.js'
import { statementTexts } from './store/compile.js'

const SELECT_META = 'SELECT key, value FROM meta'

/** What is fixed for an installation, or for one generation of it (R11). */
export interface InstallationRules {
  /** Fixed for good. */
  readonly bucketSize: number
  /** Raised only with a generation. */
  readonly rulesVersion: number
  /** Fixed per generation. */
  readonly partitions: number
}

export interface Installation extends InstallationRules {
  readonly generation: number
}

/** The store was made under rules that this software, as configured, does not follow (R11). */
export class RulesMismatch extends Error {
  override readonly name = 'RulesMismatch'
  constructor(
    /** `newer`: written by a later version of this software. */
    readonly reason: 'newer' | 'different',
    message: string,
  ) {
    super(message)
  }
}

/** What the database says of itself; undefined before its first start. */
export async function readInstallation(
  driver: Pick<SqlDriver, 'query'>,
): Promise<Installation | undefined> {
  return installationOf(await queryOne(driver, SELECT_META))
}

/**
 * Compares the rules, raises the generation (R10) and records both, in one transaction: whoever held an
 * older generation can write no more.
 */
export async function claimGeneration(
  driver: SqlDriver,
  rules: InstallationRules,
): Promise<Installation> {
  return inSession(driver, async (session) => {
    const { rows } = await session.execute({ sql: SELECT_META, params: [] }, 'rows')
    const before = installationOf(rows)
    if (before !== undefined) compare(before, rules)
    const after = { ...rules, generation: (before?.generation ?? 0) + 1 }
    await writeInstallation(session, after)
    return after
  })
}

/**
 * Where the log is not the store's own: notes the rules at the first start, and compares them at each. Rejects with
 * RulesMismatch.
 */
export async function settleRules(
  driver: SqlDriver,
  rules: Pick<InstallationRules, 'bucketSize' | 'rulesVersion'>,
): Promise<void> {
  await inSession(driver, async (session) => {
    const first = { ...rules, generation: 0, partitions: 0 }
    await session.execute(
      {
        sql: `INSERT INTO meta (key, value) VALUES ${rowsOf(first)} ON CONFLICT (key) DO NOTHING`,
        params: [],
      },
      'changes',
    )
    const { rows } = await session.execute({ sql: SELECT_META, params: [] }, 'rows')
    const stored = installationOf(rows)
    if (stored !== undefined) compare(stored, rules)
  })
}

/**
 * The log has moved on to this generation (R10): from here on no older one writes. False when it is as
 * far already.
 */
export async function raiseGeneration(
  driver: SqlDriver,
  generation: number,
  rulesVersion: number,
): Promise<boolean> {
  const text = statementTexts(driver.dialect)
  return inSession(driver, async (session) => {
    const lock = text(
      sql`select key, value from meta where key = 'generation' ${driver.dialect.locked}`,
    )
    const { rows } = await session.execute({ sql: lock, params: [] }, 'rows')
    const stored = installationOf(rows)
    if (stored === undefined || stored.generation >= generation) return false
    const raised = [
      [KEYS.generation, generation],
      [KEYS.rulesVersion, rulesVersion],
    ]
    for (const [key, value] of raised) {
      await session.execute(
        { sql: `UPDATE meta SET value = '${value}' WHERE key = '${key}'`, params: [] },
        'changes',
      )
    }
    return true
  })
}

/** A transaction around the work. */
async function inSession<T>(
  driver: SqlDriver,
  work: (session: SqlSession) => Promise<T>,
): Promise<T> {
  const session = await driver.begin()
  try {
    const result = await work(session)
    await session.commit()
    return result
  } catch (error) {
    await session.rollback()
    throw error
  }
}

function compare(
  stored: Installation,
  wanted: Pick<InstallationRules, 'bucketSize' | 'rulesVersion'>,
): void {
  if (stored.rulesVersion > wanted.rulesVersion) {
    throw new RulesMismatch(
      'newer',
      `the data follows rules version ${stored.rulesVersion}, this software knows ${wanted.rulesVersion}`,
    )
  }
  if (stored.bucketSize !== wanted.bucketSize) {
    throw new RulesMismatch(
      'different',
      `the data was laid out with ${stored.bucketSize} events per bucket, this software uses ${wanted.bucketSize}`,
    )
  }
}

const KEYS = {
  generation: 'generation',
  bucketSize: 'bucket_size',
  rulesVersion: 'rules_version',
  partitions: 'partitions',
} as const satisfies Record<keyof Installation, string>

export async function writeInstallation(
  session: SqlSession,
  installation: Installation,
): Promise<void> {
  const rows = rowsOf(installation)
  await session.execute(
    {
      sql: `INSERT INTO meta (key, value) VALUES ${rows} ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
      params: [],
    },
    'changes',
  )
}

/** Names and numbers of ours, which need no parameters: every engine writes those in its own way. */
function rowsOf(installation: Installation): string {
  return Object.entries(KEYS)
    .map(([field, key]) => `('${key}', '${Number(installation[field as keyof Installation])}')`)
    .join(', ')
}

function installationOf(
  rows: readonly { readonly [column: string]: unknown }[],
): Installation | undefined {
  const values = new Map(rows.map((row) => [String(row.key), Number(row.value)]))
  const value = (field: keyof Installation): number => values.get(KEYS[field]) ?? Number.NaN
  if (!values.has(KEYS.generation)) return undefined
  return {
    generation: value('generation'),
    bucketSize: value('bucketSize'),
    rulesVersion: value('rulesVersion'),
    partitions: value('partitions'),
  }
}
