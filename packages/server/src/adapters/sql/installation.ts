import { queryOne, type SqlDriver, type SqlSession } from './driver.js'

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
  return installationOf(await queryOne(driver, 'SELECT key, value FROM meta'))
}

/**
 * Compares the rules, raises the generation (R10) and records both, in one transaction: whoever held an
 * older generation can write no more.
 */
export async function claimGeneration(
  driver: SqlDriver,
  rules: InstallationRules,
): Promise<Installation> {
  const session = await driver.begin()
  try {
    const { rows } = await session.execute(
      { sql: 'SELECT key, value FROM meta', params: [] },
      'rows',
    )
    const before = installationOf(rows)
    if (before !== undefined) compare(before, rules)
    const after = { ...rules, generation: (before?.generation ?? 0) + 1 }
    await writeInstallation(session, after)
    await session.commit()
    return after
  } catch (error) {
    await session.rollback()
    throw error
  }
}

function compare(stored: Installation, wanted: InstallationRules): void {
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
  for (const [field, key] of Object.entries(KEYS)) {
    const value = String(installation[field as keyof Installation])
    await session.execute(
      {
        sql: 'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
        params: [key, value],
      },
      'changes',
    )
  }
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
