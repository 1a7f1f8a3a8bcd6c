/** Where the scenarios of this run happen: on one embedded server, or on a cluster. */
export const placeOfRun = (): 'embedded' | 'cluster' => {
  const named = process.env.TIDINGS_TEST_SYSTEM ?? 'embedded'
  if (named === 'embedded' || named === 'cluster') return named
  throw new Error(`TIDINGS_TEST_SYSTEM is “${named}”: it must be embedded or cluster`)
}
