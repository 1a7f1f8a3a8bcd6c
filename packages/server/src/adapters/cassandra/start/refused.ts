/** The store cannot be used as it is configured, or as the cluster is: names the setting and the remedy. Nothing was started. */
export class CassandraRefused extends Error {
  override readonly name = 'CassandraRefused'
  constructor(
    /** The option of `createCassandraMessageStore` that is wrong, or that would allow it. */
    readonly field: string,
    problem: string,
    remedy: string,
    options?: ErrorOptions,
  ) {
    super(`${field}: ${problem.replace(/\.?$/, '.')} ${remedy}`, options)
  }
}
