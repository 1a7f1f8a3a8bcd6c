/** What the options are called in the settings of a process. */
const SETTINGS = {
  contactPoints: 'cassandraContactPoints',
  localDataCenter: 'cassandraLocalDataCenter',
  keyspace: 'cassandraKeyspace',
  credentials: 'cassandraUsername and cassandraPassword',
  createKeyspace: 'cassandraCreateKeyspace',
  allowUnsafeReplication: 'allowUnsafeCassandraReplication',
  allowUnsafeCommitLog: 'allowUnsafeCassandraCommitLog',
  // for code alone
  migrate: 'migrate',
} as const

/** The store cannot be used as it is configured, or as the cluster is: names the setting and the remedy. Nothing was started. */
export class CassandraRefused extends Error {
  override readonly name = 'CassandraRefused'
  constructor(
    /** The option of `createCassandraMessageStore` that is wrong, or that would allow it. */
    readonly field: keyof typeof SETTINGS,
    problem: string,
    remedy: string,
    options?: ErrorOptions,
  ) {
    super(`${SETTINGS[field]}: ${problem.replace(/\.?$/, '.')} ${remedy}`, options)
  }
}
