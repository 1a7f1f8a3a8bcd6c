export type StoreOfRun = 'postgres' | 'cassandra'

/** Where the messages of this run's clusters lie. */
export const storeOfRun = (): StoreOfRun => {
  const named = process.env.TIDINGS_TEST_STORE ?? 'postgres'
  if (named === 'postgres' || named === 'cassandra') return named
  throw new Error(`TIDINGS_TEST_STORE is “${named}”: it must be postgres or cassandra`)
}
